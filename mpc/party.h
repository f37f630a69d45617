// Party: one participant in a session. An object, not a global: n parties in one process are n threads with n objects.
// Used by one thread at a time; a second thread gets an error. After close, tensors live on and operations throw SessionClosed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "mpc/lanes.h"
#include "mpc/ledger.h"
#include "mpc/party_rng.h"
#include "mpc/provider/provider.h"
#include "mpc/scope.h"
#include "mpc/sharing/arithmetic_shared.h"
#include "mpc/sharing/bit_shared.h"

namespace crypten {

// What a piece of program cost this party. Comparable between runs: exact.
struct Cost {
  uint64_t rounds = 0, bytes_sent = 0, dealer_bytes = 0;
  bool operator==(const Cost&) const = default;
};
Cost operator-(const Cost& after, const Cost& before);

class Party {
 public:
  Party(std::unique_ptr<Communicator> communicator, std::unique_ptr<Provider> provider, std::shared_ptr<void> keep_alive = nullptr);
  ~Party();

  int rank() const;
  int world_size() const;
  const Config& config() const;
  const Ring& ring() const;
  Communicator& communicator();
  Provider& provider();
  PartyRng& rng();
  Ledger& ledger();
  ScopeStack& scopes();
  [[nodiscard]] Scope scope(std::string_view name) { return Scope(scopes(), name); }

  // The share of a public value: rank 0 holds it, the others zeros.
  ArithmeticShared public_share(const RingTensor& value) const;

  // Runs independent work in lanes, whose openings travel in one message per round.
  void together(std::vector<std::function<void()>> work);

  Cost cost() const;  // since the start; dealer_bytes are counted where they arrive (the corrected rank)
  void check_open() const;  // right thread, not closed; else throws
  void close();
  void abort(const std::string& error_class);

  // For mpc/protocol/open: the one place where a party waits. Queues one tensor for the next round: words to be summed over all ranks (bits 1 … 64 an element sent),
  // or packed bit planes to be XORed; `done` receives the combined value after the round.
  struct Opening {
    at::Tensor words;                 // own share: int64, any shape (sum), or planes [tiles, planes, 8] (XOR)
    bool xor_planes = false;
    int64_t count = 0;                // elements, for planes
    std::optional<int> to;            // only this rank learns the result; the others get an undefined tensor
    std::function<void(at::Tensor)> done;
  };
  void queue(Opening opening);
  void wait_for_round();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
