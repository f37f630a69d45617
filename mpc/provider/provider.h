// Provider: where a party gets correlated randomness from. Of each request one rank is sent a correction (corrected_ranks.h); the others expand their own streams.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypten_core/byte_vector.h"
#include "crypten_core/lazy_words.h"
#include "crypten_core/ring_tensor.h"
#include "mpc/provider/corrected_ranks.h"
#include "mpc/provider/rank_streams.h"
#include "mpc/provider/requests.h"

namespace crypten {

// How corrections reach a rank that is corrected. Implementations: in_process (calls deal()), dealer_client (asks the service).
class CorrectionSource {
 public:
  virtual ~CorrectionSource() = default;
  // Never blocks; answers come in the order of requests. The returned handle blocks when asked for the bytes.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual ByteVector wait() = 0;  // throws DealerLost
  };
  virtual std::shared_ptr<Pending> request(const Request& request, uint64_t correction_bytes) = 0;
  virtual void flush() = 0;                     // what was requested leaves now
  virtual uint64_t bytes_received() const = 0;  // corrections only
  // Who is told that no more corrections come, before that error leaves: the party, which tells its peers, and knows the round and the operation.
  struct Witness {
    std::function<std::string()> place;                            // for Error::where()
    std::function<void(const std::string& error_class)> failed;  // once
  };
  virtual void set_witness(const Witness& /*witness*/) {}
};

// This party's shares of what one request defines. Copyable handle; the first access waits.
class Dealt {
 public:
  RingTensor ring(size_t tensor = 0) const;  // additive share in int64 words, in the tensor's sizes; widths below 64 are zero-extended
  LazyWords words(size_t tensor = 0) const;  // the same; of a large one on the CPU the words are made where they are read
  // Waits, so that part() does not.
  void await() const;
  // Elements first … of an additive share, in row-major order, on the CPU; the share is not kept. After await(): on any thread.
  void part(size_t tensor, int64_t first, std::span<uint64_t> out) const;
  at::Tensor bits(size_t tensor = 0) const;  // XOR shares: planes, int64 [tiles, planes, 8]
  struct State;
  explicit Dealt(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

inline constexpr uint64_t kPrefetchWindow = uint64_t{256} << 20;

class Provider {
 public:
  // `corrections` is null exactly on a rank that is never corrected. Throws InvalidArgument otherwise.
  Provider(int rank, const CorrectedRanks& corrected, Ring ring, std::shared_ptr<const RankStreams> own, std::shared_ptr<CorrectionSource> corrections);

  const RankStreams& streams() const { return *own_; }
  const Ring& ring() const { return ring_; }
  // Fills in call, index and corrected rank, and starts the request (or takes a prefetched answer). Never waits. Throws InvalidArgument for a body that fits no operation.
  // The shares are made on `device`; no other party or the dealer learns which.
  Dealt request(decltype(Request::body) body, at::Device device = at::kCPU);
  void flush();                     // what was requested leaves now
  uint64_t dealer_bytes() const;    // of the corrections of all requests so far, to all ranks: equal on all
  uint64_t bytes_received() const;  // of the corrections that reached this rank, those of a prefetch included
  double wait_seconds() const;      // spent waiting for corrections that had not come when their share was asked for
  uint64_t requests() const;        // made so far, in all calls
  void set_witness(const CorrectionSource::Witness& witness);

  // Plans (mpc/plan.h): a call has its own mask streams and request numbers. Calls do not nest: ProtocolError.
  uint64_t begin_call();            // returns the new call's number (1, 2, …)
  std::vector<Request> end_call();  // back to call 0; what was requested during the call
  // Asks now for what the next call will ask, if it asks what `recorded` asked. A request of that call that differs drops the answers not yet used
  // and is asked afresh: never wrong, only late. At most `window` bytes (or one answer) are on the way or waiting here; the rest follows as answers are used.
  void prefetch(const std::vector<Request>& recorded, uint64_t window = kPrefetchWindow);
  bool awaits_call() const;     // something was asked ahead for the next call, by some rank: equal on all
  uint64_t current_call() const;
  uint64_t prefetched() const;  // requests that were answered ahead of time

 private:
  int rank_;
  Ring ring_;
  std::shared_ptr<const RankStreams> own_;
  std::shared_ptr<CorrectionSource> corrections_;
  struct Calls;
  std::shared_ptr<Calls> calls_;
};

}  // namespace crypten
