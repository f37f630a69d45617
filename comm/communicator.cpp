#include "comm/communicator.h"

#include <exception>
#include <utility>

#include "comm/error_codes.h"
#include "comm/exchange.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

constexpr auto kLastWordsBudget = std::chrono::milliseconds(500);

InvalidArgument wrong(std::string why) {
  return InvalidArgument(comm_code::invalid_argument, "wrong arguments", "communicator", std::move(why), "give one entry per rank");
}

}  // namespace

struct Communicator::State {
  Session session;
  ByteVector last_words;  // the transport may read them until it is closed, so they outlive the mesh
  Mesh mesh;
  std::string ended;  // how, when the communicator is over
  int exceptions_at_start = std::uncaught_exceptions();

  void require_open() const {
    if (ended.empty()) return;
    throw SessionClosed(comm_code::session_closed, "the session is over", mesh.place().text(), ended, "start a new session");
  }

  template <class Send>
  void exchange(Send&& list_for, std::span<const Scatter> receive, const Arrived& arrived, const Ready& ready) {
    require_open();
    std::vector<const Gather*> send(session.world_size);
    for (int peer = 0; peer < session.world_size; ++peer) send[peer] = &list_for(peer);
    try {
      Exchange(mesh, arrived, ready).run(send, receive);
    } catch (const std::exception& error) {
      end(FrameKind::aborted, error_class(error));
      throw;
    } catch (...) {
      end(FrameKind::aborted, "interrupted");
      throw;
    }
  }

  // Says the last words and closes all connections. Returns an interrupt that came meanwhile.
  std::exception_ptr end(FrameKind kind, const std::string& what) {
    if (!ended.empty()) return nullptr;
    const Place place = mesh.place();
    ended = kind == FrameKind::finished ? "this party closed it" : "it ended with " + what + " (" + place.text() + ")";
    if (kind == FrameKind::aborted) {
      const auto self = static_cast<uint32_t>(place.rank);
      LastWords words = mesh.cause.value_or(
          LastWords{.witness = self, .culprit = self, .round = place.round, .error_class = {}, .scope = place.scope, .culprit_scope = {}});
      if (words.error_class.empty()) words.error_class = what;
      last_words = encode(words);
    }
    const Bytes payload(last_words);
    for (auto& link : mesh.links) {
      if (link) link->send(kind, mesh.word(), std::span(&payload, 1));  // a peer that is gone need not hear it
    }
    std::exception_ptr interrupt;
    const auto deadline = Clock::now() + kLastWordsBudget;
    try {
      for (auto& link : mesh.links) {
        if (link) link->flush(deadline);
      }
    } catch (...) {
      interrupt = std::current_exception();
    }
    for (auto& link : mesh.links) {
      if (link) link->close();
    }
    return interrupt;
  }
};

Communicator::Communicator(Session session, std::vector<std::unique_ptr<Channel>> channels) : state_(std::make_unique<State>()) {
  const int size = session.world_size;
  if (static_cast<int>(channels.size()) != size) {
    throw wrong(std::to_string(channels.size()) + " channels for " + std::to_string(size) + " ranks");
  }
  Mesh& mesh = state_->mesh;
  mesh.rank = session.rank;
  mesh.round_timeout_s = session.config.round_timeout_s;
  mesh.links.resize(size);
  for (int peer = 0; peer < size; ++peer) {
    if ((peer == session.rank) != (channels[peer] == nullptr)) throw wrong("a channel to every other rank, and none to oneself");
    if (channels[peer]) {
      mesh.links[peer] = std::make_unique<PeerLink>(std::move(channels[peer]), session_word(session.id), session.rank, peer, mesh.traffic);
    }
  }
  state_->session = std::move(session);
}

Communicator::Communicator(Communicator&&) noexcept = default;

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  Communicator before(std::exchange(state_, std::move(other.state_)));
  return *this;
}

Communicator::Communicator(std::unique_ptr<State> state) : state_(std::move(state)) {}

Communicator::~Communicator() {
  if (!state_) return;  // moved from
  const bool failing = std::uncaught_exceptions() > state_->exceptions_at_start;
  if (failing) state_->end(FrameKind::aborted, "an exception");
  else state_->end(FrameKind::finished, "");
}

int Communicator::rank() const { return state_->session.rank; }
int Communicator::world_size() const { return state_->session.world_size; }
const Session& Communicator::session() const { return state_->session; }
const Traffic& Communicator::traffic() const { return state_->mesh.traffic; }
std::string Communicator::place() const { return state_->mesh.place().text(); }
void Communicator::set_transcript(const Transcript* transcript) { state_->mesh.transcript = transcript; }

void Communicator::set_round_timeout(double seconds) {
  if (!(seconds > 0)) throw wrong("round timeout " + std::to_string(seconds) + " s");
  state_->mesh.round_timeout_s = seconds;
}

void Communicator::exchange(std::span<const Gather> send, std::span<const Scatter> receive, const Arrived& arrived, const Ready& ready) {
  const auto size = static_cast<size_t>(world_size());
  if (send.size() != size || receive.size() != size) {
    throw wrong(std::to_string(send.size()) + " lists to send and " + std::to_string(receive.size()) + " to receive for " + std::to_string(size) + " ranks");
  }
  state_->exchange([&](int peer) -> const Gather& { return send[peer]; }, receive, arrived, ready);
}

void Communicator::exchange_with_all(const Gather& send, std::span<const Scatter> receive, const Arrived& arrived) {
  const auto size = static_cast<size_t>(world_size());
  if (receive.size() != size) throw wrong(std::to_string(receive.size()) + " lists to receive for " + std::to_string(size) + " ranks");
  state_->exchange([&](int) -> const Gather& { return send; }, receive, arrived, {});
}


void Communicator::close() {
  if (std::exception_ptr interrupt = state_->end(FrameKind::finished, "")) std::rethrow_exception(interrupt);
}

void Communicator::abort(const std::string& what) { state_->end(FrameKind::aborted, what); }

}  // namespace crypten
