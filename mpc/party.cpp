#include "mpc/party.h"

#include <atomic>
#include <thread>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/round.h"

namespace crypten {

Cost operator-(const Cost& after, const Cost& before) {
  return {after.rounds - before.rounds, after.bytes_sent - before.bytes_sent, after.dealer_bytes - before.dealer_bytes};
}

struct Party::State {
  std::shared_ptr<void> keep_alive;
  std::unique_ptr<Communicator> communicator;
  std::unique_ptr<Provider> provider;
  ScopeStack scopes;
  Ledger ledger;
  PartyRng rng;
  Round round;
  Lanes lanes;
  mutable std::atomic<std::thread::id> owner{};
  bool closed = false;

  State(std::unique_ptr<Communicator> c, std::unique_ptr<Provider> p, std::shared_ptr<void> keep, StreamFactory streams)
      : keep_alive(std::move(keep)),
        communicator(std::move(c)),
        provider(std::move(p)),
        rng(communicator->session(), {std::shared_ptr<void>(), &provider->streams()}, std::move(streams)),
        round(provider->ring().bits),
        lanes([this] {
          provider->flush();  // requests leave before the wait, so that the answers travel during it
          round.run(*communicator);
        }) {
    communicator->set_transcript(&scopes);
    communicator->set_round_timeout(communicator->session().config.round_timeout_s);
    provider->set_witness({.place = [this] { return communicator->place(); }, .failed = [this](const std::string& what) { communicator->abort(what); }});
  }
};

Party::Party(std::unique_ptr<Communicator> communicator, std::unique_ptr<Provider> provider, std::shared_ptr<void> keep_alive, StreamFactory streams)
    : state_(std::make_unique<State>(std::move(communicator), std::move(provider), std::move(keep_alive), std::move(streams))) {}
Party::~Party() {
  state_->communicator->set_transcript(nullptr);
  state_->provider->set_witness({});  // an answer may be held longer than this
}

int Party::rank() const { return state_->communicator->rank(); }
int Party::world_size() const { return state_->communicator->world_size(); }
const Config& Party::config() const { return state_->communicator->session().config; }
const Ring& Party::ring() const { return state_->provider->ring(); }
Communicator& Party::communicator() { return *state_->communicator; }
Provider& Party::provider() { return *state_->provider; }
PartyRng& Party::rng() { return state_->rng; }
Ledger& Party::ledger() { return state_->ledger; }
ScopeStack& Party::scopes() { return state_->scopes; }

ArithmeticShared Party::public_share(const RingTensor& value) const {
  auto known = std::make_shared<Masked>();
  known->value = value;
  known->device = value.device();
  return ArithmeticShared(rank() == 0 ? value : RingTensor(expanded_words(zero_words({}, value.device()), value.sizes())), std::move(known));
}

void Party::together(std::vector<std::function<void()>> work) {
  check_open("together");
  auto& s = *state_;
  const auto outer = s.scopes.save();
  for (auto& lane : work)
    lane = [&s, &outer, run = std::move(lane)] {
      s.scopes.restore(outer);
      run();
    };
  try {
    s.lanes.together(work);
  } catch (...) {
    s.scopes.restore(outer);
    throw;
  }
  s.scopes.restore(outer);
}

bool Party::in_lane() const { return state_->lanes.inside(); }

Cost Party::cost() const {
  const auto& traffic = state_->communicator->traffic();
  return {traffic.rounds, traffic.bytes_sent, state_->provider->dealer_bytes()};
}

void Party::check_open(const char* verb) const {
  const auto self = std::this_thread::get_id();
  std::thread::id nobody{};
  if (state_->owner.load(std::memory_order_relaxed) != self && !state_->owner.compare_exchange_strong(nobody, self))
    throw ProtocolError(mpc_code::wrong_thread, "a party is used by a second thread", std::string(verb) + ", rank " + std::to_string(rank()),
                        "operations of one party have one order, equal on all ranks; two threads have none",
                        "use one thread, or party.together() for independent work; hand_over() passes the party on");
  if (!state_->closed) return;
  state_->owner.store({});  // a closed party belongs to nobody: every thread hears the same
  throw SessionClosed(mpc_code::closed, "the session is over", std::string(verb) + ", rank " + std::to_string(rank()),
                      "the party was closed; its tensors can no longer be computed with", "compute before closing, or connect again and share anew");
}

void Party::hand_over() { state_->owner.store({}); }

void Party::close() {
  if (std::exchange(state_->closed, true)) return;
  state_->communicator->close();
}

void Party::abort(const std::string& error_class) {
  if (std::exchange(state_->closed, true)) return;
  state_->communicator->abort(error_class);
}

uint64_t Party::begin_call() {
  check_open("begin_call");
  const uint64_t call = state_->provider->begin_call();
  state_->rng.enter_call(call);
  return call;
}

std::vector<Request> Party::end_call() {
  check_open("end_call");
  state_->rng.enter_call(0);
  return state_->provider->end_call();
}

uint64_t Party::queue(Opening opening) { return state_->round.queue(std::move(opening)); }

void Party::withdraw(uint64_t ticket) { state_->round.withdraw(ticket); }

void Party::wait_for_round() {
  check_open("open");
  auto& s = *state_;
  if (!s.lanes.inside()) return s.lanes.wait_for_round();
  // Other lanes run meanwhile: each has its own place in the program.
  struct Place {
    ScopeStack& scopes;
    std::vector<std::string> stack;
    ~Place() { scopes.restore(std::move(stack)); }
  } place{s.scopes, s.scopes.save()};
  s.lanes.wait_for_round();
}

}  // namespace crypten
