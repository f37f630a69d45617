#include "comm/traffic.h"

namespace crypten {

Traffic operator-(const Traffic& after, const Traffic& before) {
  Traffic difference;
  difference.rounds = after.rounds - before.rounds;
  difference.bytes_sent = after.bytes_sent - before.bytes_sent;
  difference.bytes_received = after.bytes_received - before.bytes_received;
  difference.wire_bytes_sent = after.wire_bytes_sent - before.wire_bytes_sent;
  difference.wire_bytes_received = after.wire_bytes_received - before.wire_bytes_received;
  difference.messages_sent = after.messages_sent - before.messages_sent;
  difference.wait_seconds = after.wait_seconds - before.wait_seconds;
  return difference;
}

}  // namespace crypten
