#include "mpc/provider/provider.h"

#include <chrono>
#include <deque>
#include <numeric>
#include <string>

#include "comm/clock.h"
#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/share_layout.h"

namespace crypten {
namespace {

uint64_t correction_bytes(const std::vector<DealtShape>& shapes) {
  return std::accumulate(shapes.begin(), shapes.end(), uint64_t{0}, [](uint64_t sum, const auto& shape) { return sum + shape.correction_bytes(); });
}

}  // namespace

// Shares are expanded, or read from the correction, when they are asked for: most requests are answered during a round that is awaited anyway.
struct Dealt::State {
  std::vector<DealtShape> shapes;
  at::Device device = at::kCPU;
  std::shared_ptr<const WordSource> stream;                // of a request that corrects another rank
  std::shared_ptr<CorrectionSource::Pending> pending;      // of one that corrects this rank, until its answer was awaited
  std::shared_ptr<double> wait_seconds;                    // of the provider: the time of that wait is added
  std::shared_ptr<const ByteVector> correction;
  std::vector<LazyWords> shares;                           // those asked for so far

  const LazyWords& share(size_t tensor, bool planes) {
    check(tensor, planes);
    if (!shares[tensor].defined()) {
      await();
      shares[tensor] = stream ? expand_share(stream, position(tensor), shapes[tensor], device)
                               : read_correction(own_part(tensor), shapes[tensor], correction, device);
    }
    return shares[tensor];
  }

  void await() {
    if (stream || correction) return;
    const auto start = Clock::now();
    auto bytes = pending->wait();
    *wait_seconds += std::chrono::duration<double>(Clock::now() - start).count();
    if (bytes.size() != correction_bytes(shapes)) {
      throw MalformedFrame(provider_code::malformed_answer, "the dealer's answer has another size than its request", "Dealt",
                           std::to_string(bytes.size()) + " bytes, expected " + std::to_string(correction_bytes(shapes)),
                           "run dealer and parties from the same build");
    }
    correction = std::make_shared<const ByteVector>(std::move(bytes));
    pending.reset();
  }

  void part(size_t tensor, int64_t first, std::span<uint64_t> out) const {
    check(tensor, false);
    if (stream) expand_part(*stream, position(tensor), shapes[tensor], first, out);
    else read_part(own_part(tensor), shapes[tensor], first, out);
  }

 private:
  void check(size_t tensor, bool planes) const {
    if (tensor < shapes.size() && (shapes[tensor].width == 0) == planes) return;
    throw InvalidArgument(provider_code::invalid_request, "a request did not define that", planes ? "Dealt::bits" : "Dealt::ring",
                          "tensor " + std::to_string(tensor) + " of " + std::to_string(shapes.size()), "ask for what dealt_shapes() lists");
  }
  uint64_t position(size_t tensor) const {
    uint64_t words = 0;
    for (size_t i = 0; i < tensor; ++i) words += shapes[i].stream_words();
    return words;
  }
  std::span<const std::byte> own_part(size_t tensor) const {
    std::span<const std::byte> rest(*correction);
    for (size_t i = 0; i < tensor; ++i) rest = rest.subspan(shapes[i].correction_bytes());
    return rest.first(shapes[tensor].correction_bytes());
  }
};

RingTensor Dealt::ring(size_t tensor) const { return state_->share(tensor, false); }
LazyWords Dealt::words(size_t tensor) const { return state_->share(tensor, false); }
void Dealt::await() const { state_->await(); }
void Dealt::part(size_t tensor, int64_t first, std::span<uint64_t> out) const { state_->part(tensor, first, out); }
at::Tensor Dealt::bits(size_t tensor) const { return state_->share(tensor, true).words(); }

struct Provider::Calls {
  uint64_t current = 0, last = 0;     // call numbers
  uint64_t index = 0, outside = 0;    // next request's number, in this call and outside of calls
  uint64_t requests = 0, prefetched = 0, bytes = 0;
  std::shared_ptr<double> wait_seconds = std::make_shared<double>(0.0);
  CorrectedRanks corrected, corrected_outside;  // as index and outside
  std::vector<Request> recorded;      // of the current call

  explicit Calls(const CorrectedRanks& ranks) : corrected(ranks), corrected_outside(ranks) {}

  // Answers ahead of time to this rank, in the order in which the next call is expected to ask. The first `asked` have been requested.
  struct Ahead {
    Request request;
    uint64_t bytes = 0;
    std::shared_ptr<CorrectionSource::Pending> pending;
  };
  std::deque<Ahead> ahead;
  size_t asked = 0;
  uint64_t window = 0;                // bytes of those asked for
  uint64_t largest_window = 0;        // of them
  bool awaited = false;               // the next call is to find answers, of this rank or another

  void drop() {
    ahead.clear();
    asked = 0;
    window = 0;
  }

  void ask(CorrectionSource& source) {
    while (asked < ahead.size() && (asked == 0 || window + ahead[asked].bytes <= largest_window)) {
      ahead[asked].pending = source.request(ahead[asked].request, ahead[asked].bytes);
      window += ahead[asked++].bytes;
    }
  }

  // The answer that was asked for ahead of time, or null.
  std::shared_ptr<CorrectionSource::Pending> take(const Request& request, CorrectionSource& source) {
    if (ahead.empty() || request.call == 0) return nullptr;
    if (asked == 0 || !(ahead.front().request == request)) return drop(), nullptr;
    auto pending = std::move(ahead.front().pending);
    window -= ahead.front().bytes;
    ahead.pop_front();
    --asked;
    ++prefetched;
    ask(source);
    return pending;
  }
};

Provider::Provider(int rank, const CorrectedRanks& corrected, Ring ring, std::shared_ptr<const RankStreams> own, std::shared_ptr<CorrectionSource> corrections)
    : rank_(rank), ring_(ring), own_(std::move(own)), corrections_(std::move(corrections)), calls_(std::make_shared<Calls>(corrected)) {
  if (rank < 0 || rank >= corrected.world_size() || !own_ || (corrections_ != nullptr) != corrected.includes(rank)) {
    throw InvalidArgument(provider_code::invalid_dealer, "a provider that fits no rank", "Provider",
                          "rank " + std::to_string(rank) + " of " + std::to_string(corrected.world_size()) + (corrections_ ? ", with" : ", without") + " corrections",
                          "give a source of corrections to ranks that are corrected, and only to them");
  }
}

Dealt Provider::request(decltype(Request::body) body, at::Device device) {
  Request request{.call = calls_->current, .index = calls_->index, .body = std::move(body)};
  auto state = std::make_shared<Dealt::State>();
  state->shapes = dealt_shapes(request, ring_);
  state->device = device;
  state->shares.resize(state->shapes.size());
  ++calls_->index;
  ++calls_->requests;
  const uint64_t bytes = correction_bytes(state->shapes);
  calls_->bytes += bytes;
  request.corrected = calls_->corrected.next(bytes);
  if (request.corrected == rank_) {
    state->pending = calls_->take(request, *corrections_);
    if (!state->pending) state->pending = corrections_->request(request, bytes);
    state->wait_seconds = calls_->wait_seconds;
  } else {
    const std::string name = canonical(request);
    state->stream = own_->outputs(sha256(std::as_bytes(std::span(name))));
  }
  if (request.call != 0) calls_->recorded.push_back(std::move(request));
  return Dealt(std::move(state));
}

void Provider::flush() {
  if (corrections_) corrections_->flush();
}

void Provider::set_witness(const CorrectionSource::Witness& witness) {
  if (corrections_) corrections_->set_witness(witness);
}

uint64_t Provider::dealer_bytes() const { return calls_->bytes; }
uint64_t Provider::bytes_received() const { return corrections_ ? corrections_->bytes_received() : 0; }
double Provider::wait_seconds() const { return *calls_->wait_seconds; }
uint64_t Provider::requests() const { return calls_->requests; }
uint64_t Provider::current_call() const { return calls_->current; }
uint64_t Provider::prefetched() const { return calls_->prefetched; }
bool Provider::awaits_call() const { return calls_->awaited; }

uint64_t Provider::begin_call() {
  if (calls_->current != 0) {
    throw ProtocolError(provider_code::nested_call, "calls of a plan do not nest", "Provider::begin_call",
                        "call " + std::to_string(calls_->current) + " has not ended", "run one plan at a time");
  }
  calls_->outside = std::exchange(calls_->index, 0);
  calls_->corrected_outside = calls_->corrected;
  calls_->corrected.restart();
  calls_->recorded.clear();
  calls_->awaited = false;
  return calls_->current = ++calls_->last;
}

std::vector<Request> Provider::end_call() {
  if (calls_->current == 0) {
    throw ProtocolError(provider_code::nested_call, "no call to end", "Provider::end_call", "end_call() without begin_call()", "begin a call first");
  }
  calls_->current = 0;
  calls_->index = calls_->outside;
  calls_->corrected = calls_->corrected_outside;
  calls_->drop();  // what this call did not use, no other call asks
  return std::exchange(calls_->recorded, {});
}

void Provider::prefetch(const std::vector<Request>& recorded, uint64_t window) {
  if (calls_->current != 0) {
    throw ProtocolError(provider_code::nested_call, "the next call is not known yet", "Provider::prefetch", "a call is running", "prefetch between calls");
  }
  calls_->awaited = !recorded.empty();
  if (!corrections_) return;
  calls_->drop();
  calls_->largest_window = window;
  for (const Request& request : recorded) {
    if (request.corrected != rank_) continue;
    Request next = in_call(request, request.call, calls_->last + 1);
    const uint64_t bytes = correction_bytes(dealt_shapes(next, ring_));
    calls_->ahead.push_back({std::move(next), bytes, nullptr});
  }
  calls_->ask(*corrections_);
  flush();
}

}  // namespace crypten
