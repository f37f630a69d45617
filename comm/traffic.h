// Traffic: counters that are always on.
#pragma once

#include <cstdint>

namespace crypten {

struct Traffic {
  uint64_t rounds = 0;              // exchanges awaited
  uint64_t bytes_sent = 0;          // payload to other parties: what protocols declare
  uint64_t bytes_received = 0;
  uint64_t wire_bytes_sent = 0;     // payload and the headers of frames and their parts: what was handed to the transport
  uint64_t wire_bytes_received = 0;
  uint64_t messages_sent = 0;
  double wait_seconds = 0;          // spent waiting for peers
  bool operator==(const Traffic&) const = default;
};
Traffic operator-(const Traffic& after, const Traffic& before);

}  // namespace crypten
