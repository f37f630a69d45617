// Round: one exchange that carries everything which the lanes of a party have queued for opening, in the order of queueing.
// Full ring elements travel as they lie in memory; narrower rings and bits travel packed. Of tensors on another device than the CPU, packing and sums are done there, and a part of a message
// leaves as soon as it is on the host (crypten_core/device_copies).
#pragma once

#include <memory>
#include <vector>

#include "crypten_core/byte_vector.h"
#include "crypten_core/device_copies.h"
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
    ByteVector packed;              // what is sent, where memory is not sent as it lies
    at::Tensor host;                // own words on the CPU
    std::unique_ptr<CopyToHost> leaving;                  // of a tensor on another device: what is sent
    std::vector<std::unique_ptr<CopyToDevice>> arriving;  // and what comes, by rank
    bool there() const { return !opening.words.device().is_cpu(); }
    size_t bytes = 0, place = 0;    // on the wire; where the peers' parts lie in their buffers
  };
  int bits_of(const Party::Opening& opening) const { return opening.bits == 0 ? ring_bits_ : opening.bits; }
  void prepare(Entry& entry, bool sent) const;
  void combine(Entry& entry, const std::vector<const std::byte*>& parts) const;
  void prepare_there(Entry& entry, bool sent) const;
  at::Tensor combined_there(Entry& entry) const;

  int ring_bits_;
  uint64_t next_ticket_ = 1;
  std::vector<Entry> queue_;
};

}  // namespace crypten
