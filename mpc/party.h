// Party: one participant in a session. An object, not a global: n parties in one process are n threads with n objects.
// The first thread that computes with it owns it, and others get a ProtocolError, until hand_over(). After close, tensors live on and operations throw SessionClosed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
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
  // `keep_alive` is released last (a network, an in-process dealer). `streams`: for tests that enumerate all random words.
  Party(std::unique_ptr<Communicator> communicator, std::unique_ptr<Provider> provider, std::shared_ptr<void> keep_alive = nullptr, StreamFactory streams = {});
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
  bool in_lane() const;

  Cost cost() const;  // since the start; dealer_bytes: what the dealer sends for it to all ranks together, equal on all
  // Throws SessionClosed after close() or abort(); ProtocolError on another thread than the owner. `verb` is named in the message.
  void check_open(const char* verb = "this operation") const;
  void hand_over();         // the next thread that computes with this party owns it
  void close();             // tells the peers that this program ended in good order; further operations throw SessionClosed
  void abort(const std::string& error_class);  // tells the peers that it failed

  // A call of a plan: masks, zero shares, coins and requests are numbered within it, so that what one call asked for can be asked for the next one ahead of time
  // (mpc/provider: Provider::prefetch). end_call returns what was requested during the call.
  uint64_t begin_call();
  std::vector<Request> end_call();

  // For mpc/protocol/open: the one place where a party waits. Queues one tensor for the next round: words to be summed over all ranks (bits 1 … 64 an element sent),
  // or packed bit planes to be XORed; `done` receives the combined value after the round.
  struct Opening {
    at::Tensor words;                 // own share: int64, contiguous (sum), or planes [tiles, planes, 8] (XOR). Given away: the result may be formed in it
    std::function<void(int64_t begin, int64_t end)> compute;  // if set: words [begin, end) are not there before this was called, once for each, in order; of planes, whole tiles
    bool xor_planes = false;
    int64_t count = 0;                // elements, for planes
    int bits = 0;                     // for words: sent and summed modulo 2^bits, packed; 0: the ring's
    std::optional<int> to;            // only this rank learns the result; the others get an undefined tensor
    std::function<void(at::Tensor)> done;  // runs after the round, outside of all lanes
  };
  uint64_t queue(Opening opening);    // a ticket
  void withdraw(uint64_t ticket);     // if it has not been sent: for a lane that is unwound
  void wait_for_round();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
