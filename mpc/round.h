// Round: one exchange that carries everything which the lanes of a party have queued for opening, in the order of queueing. What is sent is computed, and what comes is
// added up, part by part while the rest is on its way (mpc/wire_form).
#pragma once

#include <vector>

#include "mpc/party.h"

namespace crypten {

class Round {
 public:
  explicit Round(int ring_bits) : ring_bits_(ring_bits) {}

  uint64_t queue(Party::Opening opening);
  void withdraw(uint64_t ticket);
  // Sends, receives, combines and calls every `done`. The queue is empty afterwards, also when this throws.
  void run(Communicator& communicator);

 private:
  struct Entry {
    uint64_t ticket;
    Party::Opening opening;
  };

  int ring_bits_;
  uint64_t next_ticket_ = 1;
  std::vector<Entry> queue_;
};

}  // namespace crypten
