#include "mpc/provider/in_process.h"

#include <chrono>
#include <string>

#include "crypten_core/error.h"
#include "mpc/provider/dealer_protocol.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

// Deals on the thread that waits: in simulation every core is some party's.
class DealtHere final : public CorrectionSource {
 public:
  DealtHere(std::shared_ptr<InProcessDealer> dealer, const Session& session, DealerStreams streams, Ring ring)
      : state_(std::make_shared<State>(State{std::move(dealer), session, std::move(streams), ring})) {}

  std::shared_ptr<Pending> request(const Request& request, uint64_t) override { return std::make_shared<Answer>(state_, request); }
  void flush() override {}
  uint64_t bytes_received() const override { return state_->bytes; }

 private:
  struct State {
    std::shared_ptr<InProcessDealer> dealer;
    Session session;
    DealerStreams streams;
    Ring ring;
    bool all_joined = false;
    uint64_t bytes = 0;
  };

  class Answer final : public Pending {
   public:
    Answer(std::shared_ptr<State> state, Request request) : state_(std::move(state)), request_(std::move(request)) {}
    ByteVector wait() override {
      if (!state_->all_joined) state_->dealer->wait_for_all(state_->session);
      state_->all_joined = true;
      auto correction = deal(state_->streams, state_->ring, request_);
      state_->bytes += correction.size();
      return correction;
    }

   private:
    std::shared_ptr<State> state_;
    Request request_;
  };

  std::shared_ptr<State> state_;
};

[[noreturn]] void refuse(std::string why, std::string todo) {
  throw InvalidArgument(provider_code::invalid_dealer, "the in-process dealer does not fit this party", "InProcessDealer", std::move(why), std::move(todo));
}

}  // namespace

InProcessDealer::InProcessDealer(int world_size) : world_size_(world_size), master_(random_key()) {
  if (world_size < 1) refuse("world size " + std::to_string(world_size), "start at one party");
}

InProcessDealer::InProcessDealer(DealerStreams streams) : world_size_(static_cast<int>(streams.size())), streams_(std::move(streams)) {
  if (streams_.empty()) refuse("streams of no rank", "start at one party");
}

DealerStreams InProcessDealer::join(const Session& session) {
  if (session.world_size != world_size_) {
    refuse("world size " + std::to_string(session.world_size) + ", the dealer serves " + std::to_string(world_size_), "make one dealer for these parties");
  }
  {
    const std::lock_guard lock(mutex_);
    if (!sessions_[session.id].insert(session.rank).second) {
      refuse("rank " + std::to_string(session.rank) + " is in this session already; its masks would be used twice", "make a new session");
    }
  }
  news_.notify_all();
  if (!streams_.empty()) return streams_;
  DealerStreams streams;
  for (int rank = 0; rank < world_size_; ++rank) {
    streams.push_back(std::make_shared<KeyedStreams>(dealer_rank_key(master_, session.id, session.roster_hash, rank)));
  }
  return streams;
}

void InProcessDealer::wait_for_all(const Session& session) {
  std::unique_lock lock(mutex_);
  const auto& ranks = sessions_[session.id];
  const std::chrono::duration<double> patience(session.config.rendezvous_timeout_s);
  if (news_.wait_for(lock, patience, [&] { return static_cast<int>(ranks.size()) == world_size_; })) return;
  throw SessionError(provider_code::in_process_network, "the in-process dealer serves parties of one process only",
                     "rank " + std::to_string(session.rank),
                     "only " + std::to_string(ranks.size()) + " of " + std::to_string(world_size_) + " parties are in this process",
                     "start the program crypten-dealer on another host and name its address");
}

std::unique_ptr<Provider> in_process_provider(const Session& session, std::shared_ptr<InProcessDealer> dealer, Ring ring) {
  if (session.roster_hash != Digest{} && session.roster_hash != roster_digest({})) {
    throw SessionError(provider_code::in_process_network, "a session over a network has a dealer of its own", "rank " + std::to_string(session.rank),
                       "its parties have a roster of certificates; an in-process dealer would know every mask of the others",
                       "start the program crypten-dealer on another host and name its address");
  }
  DealerStreams streams = dealer->join(session);
  auto own = streams[static_cast<size_t>(session.rank)];
  auto source = std::make_shared<DealtHere>(std::move(dealer), session, std::move(streams), ring);
  return std::make_unique<Provider>(session.rank, CorrectedRanks::in_turn(session.world_size), ring, std::move(own), std::move(source));
}

}  // namespace crypten
