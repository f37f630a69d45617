// Round: one exchange that carries everything which the lanes of a party have queued for opening, in the order of queueing.
// Full ring elements travel as they lie in memory; narrower rings and bits travel packed.
#pragma once

#include <vector>

#include "crypten_core/byte_vector.h"
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
    ByteVector packed{};  // what is sent, where memory is not sent as it lies
    at::Tensor host{};    // words, or a copy of them on the CPU where they are sent as they lie
    at::Tensor sum{};     // of words that are sent as they lie, from the CPU: the first peer's are received here, and what came is added to
                          // while the rest is on its way
    int64_t computed = 0, added = 0;        // words
    size_t bytes = 0;                       // on the wire
    std::vector<const std::byte*> parts{};  // what the peers sent, but for what was received in `sum`
  };
  bool travels_as_it_lies(const Entry& entry) const {
    return entry.opening.words.device().is_cpu() && !entry.opening.xor_planes && bits_of(entry.opening) == 64;
  }
  int bits_of(const Party::Opening& opening) const { return opening.bits == 0 ? ring_bits_ : opening.bits; }
  void prepare(Entry& entry) const;
  void compute(Entry& entry, int64_t end) const;
  void add(Entry& entry, int64_t end) const;
  void combine(Entry& entry, const std::vector<const std::byte*>& parts) const;
  void prepare_there(Entry& entry) const;
  at::Tensor combined_there(const Entry& entry, const std::vector<const std::byte*>& parts) const;

  int ring_bits_;
  uint64_t next_ticket_ = 1;
  std::vector<Entry> queue_;
};

}  // namespace crypten
