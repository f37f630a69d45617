#include "comm/local/simulated_network.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "comm/error_codes.h"
#include "comm/frame.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

using namespace std::chrono_literals;
constexpr auto kLinger = 500ms;  // of close(), for what is on its way
constexpr auto kSimulatedInterruptPeriod = 100ms;

uint64_t mixed(uint64_t word) {  // SplitMix64: every bit depends on every bit
  word += 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

}  // namespace

// One direction of a connection: what `from` sends to `to`.
struct SimulatedNetwork::Direction {
  struct Waiting {  // still in the sender's memory
    std::vector<Bytes> pieces;
    uint64_t index = 0;
  };
  struct Copy {
    Message message;
    int behind = 0;
  };

  int from = 0, to = 0;
  uint64_t sent = 0;
  std::deque<Waiting> waiting;
  Duration last_departure{0}, last_arrival{0};
  std::deque<Message> held;  // until the next one has come
  std::vector<Copy> copies;
  std::deque<Message> inbox;
  bool silent = false;
  bool refused = false;  // something that was sent is lost, and the sender knows
  bool closed = false;  // by the sender
  std::string ended;    // why, when the receiver knows that nothing more comes
};

class SimulatedNetwork::End final : public Channel {
 public:
  End(SimulatedNetwork& network, int rank, int peer)
      : network_(network), rank_(rank), out_(network.direction(rank, peer)), in_(network.direction(peer, rank)) {}
  ~End() override { close(); }

  Wire send(std::span<const Bytes> pieces) override {
    network_.call(rank_);
    return network_.send(out_.from, out_.to, pieces);
  }

  Wire receive(Message& message, Clock::time_point deadline) override {
    if (const Wire wire = await(deadline); wire != Wire::ok) return wire;
    message = std::move(in_.inbox.front());
    in_.inbox.pop_front();
    return Wire::ok;
  }

  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override {
    if (const Wire wire = await(deadline); wire != Wire::ok) return wire;
    Message& message = in_.inbox.front();
    if (message.size() != total_bytes(pieces)) {
      wrong_length_ = absl::StrCat("a message of ", message.size(), " bytes came where ", total_bytes(pieces), " were expected");
      return Wire::closed;
    }
    const std::byte* from = message.data();
    for (MutableBytes piece : pieces) {
      if (!piece.empty()) std::memcpy(piece.data(), from, piece.size());
      from += piece.size();
    }
    in_.inbox.pop_front();
    return Wire::ok;
  }

  Wire flush(Clock::time_point deadline) override {
    network_.call(rank_);
    wait(deadline, [this] { return out_.waiting.empty(); });
    if (out_.closed || out_.refused) return Wire::closed;
    if (out_.waiting.empty()) return Wire::ok;
    return network_.time_.over() ? Wire::closed : Wire::deadline;
  }

  void close() override {
    if (network_.dead_[rank_] || out_.closed) return;
    network_.call(rank_);
    if (!network_.time_.over()) {
      network_.time_.wait_until(Clock::now() + kLinger, [this] { return out_.waiting.empty() || dead(); });
    }
    if (dead()) return;
    out_.closed = true;
    out_.waiting.clear();
    in_.inbox.clear();
    network_.note("closes", rank_, out_.to, 0);
    network_.end(out_, network_.time_.now() + network_.jitter(3, out_.sent, network_.model_.latency), "closed by the peer");
  }

  size_t max_message() const override { return network_.model_.max_message; }
  std::string peer_identity() const override { return "local"; }
  std::string detail() const override {
    if (!wrong_length_.empty()) return wrong_length_;
    if (out_.closed) return "closed by this party";
    return in_.ended.empty() ? "open" : in_.ended;
  }

 private:
  bool dead() const { return network_.dead_[rank_]; }

  template <class Ready>
  void wait(Clock::time_point deadline, Ready ready) {
    const auto look = [&] { return dead() || ready(); };
    while (true) {
      const Clock::time_point next = Clock::now() + kSimulatedInterruptPeriod;
      const bool came = network_.time_.wait_until(std::min(deadline, next), look);
      if (dead()) throw Crashed{};  // NOLINT(bugprone-std-exception-baseclass): handlers of std::exception must not hold it up
      if (came || network_.time_.over() || deadline <= next) return;
      check_interrupt();
    }
  }

  Wire await(Clock::time_point deadline) {
    network_.call(rank_);
    if (out_.closed || !wrong_length_.empty()) return Wire::closed;
    wait(deadline, [this] { return !in_.inbox.empty() || !in_.ended.empty(); });
    if (!in_.inbox.empty()) return Wire::ok;
    return in_.ended.empty() && !network_.time_.over() ? Wire::deadline : Wire::closed;
  }

  SimulatedNetwork& network_;
  const int rank_;
  Direction& out_;
  Direction& in_;
  std::string wrong_length_;
};

SimulatedNetwork::SimulatedNetwork(VirtualTime& time, int size, const WireModel& model)
    : time_(time), size_(size), model_(model), calls_(size), dead_(size), history_(mixed(model.seed)) {
  for (int from = 0; from < size; ++from) {
    for (int to = 0; to < size; ++to) {
      directions_.push_back(std::make_unique<Direction>());
      directions_.back()->from = from;
      directions_.back()->to = to;
    }
  }
}

SimulatedNetwork::~SimulatedNetwork() = default;

std::vector<std::unique_ptr<Channel>> SimulatedNetwork::channels(int rank) {
  std::vector<std::unique_ptr<Channel>> ends(size_);
  for (int peer = 0; peer < size_; ++peer) {
    if (peer != rank) ends[peer] = std::make_unique<End>(*this, rank, peer);
  }
  return ends;
}

// Every call takes its time, in which others run: so all interleavings happen.
void SimulatedNetwork::call(int rank) {
  const uint64_t index = calls_[rank]++;
  if (dead_[rank]) return;
  if (on_call) on_call(rank, index);
  if (!dead_[rank]) time_.spend(jitter(16 + rank, index, model_.call));
}

Wire SimulatedNetwork::send(int from, int to, std::span<const Bytes> pieces) {
  Direction& way = direction(from, to);
  const size_t size = total_bytes(pieces);
  if (size > model_.max_message) {
    throw InvalidArgument(comm_code::invalid_argument, "message too large", "simulated channel",
                          absl::StrCat(size, " bytes, at most ", model_.max_message), "cut it into several messages");
  }
  if (dead_[from] || time_.over() || way.closed || !direction(to, from).ended.empty()) return Wire::closed;
  const uint64_t index = way.sent++;
  way.waiting.push_back({{pieces.begin(), pieces.end()}, index});
  way.last_departure = std::max(way.last_departure, time_.now()) + Duration(1 + static_cast<int64_t>(static_cast<double>(size) * 1e9 / model_.bytes_per_second));
  note("sends", from, to, size);
  time_.at(way.last_departure, [this, &way, index] { depart(way, index); });
  return Wire::ok;
}

// Only now are the sender's buffers read: who changes them before flush() or close() sends something else.
void SimulatedNetwork::depart(Direction& way, uint64_t index) {
  if (way.waiting.empty() || way.waiting.front().index != index) return;  // the sender is gone
  Message message;
  for (Bytes piece : way.waiting.front().pieces) append(message, piece);
  way.waiting.pop_front();
  time_.wake(way.from);
  const Treatment treatment = on_message ? on_message(way.from, way.to, index, message) : Treatment{};
  if (!treatment.cut.empty()) return cut(way.from, way.to, treatment.cut);
  if (treatment.drop || way.silent) return note("loses", way.from, way.to, index);
  if (treatment.copy_after >= 0) way.copies.push_back({message, treatment.copy_after + 1});
  if (treatment.behind_next) return way.held.push_back(std::move(message));
  deliver(way, std::move(message), treatment.late + jitter(1000 + way.from * size_ + way.to, index, model_.latency));
}

void SimulatedNetwork::deliver(Direction& way, Message message, Duration late) {
  std::vector<Message> together{std::move(message)};
  for (; !way.held.empty(); way.held.pop_front()) together.push_back(std::move(way.held.front()));
  for (size_t i = 0; i < together.size(); ++i) {
    for (auto& copy : way.copies) {
      if (--copy.behind == 0) together.push_back(copy.message);
    }
  }
  for (Message& one : together) {
    way.last_arrival = std::max(way.last_arrival + Duration(1), time_.now() + late);
    time_.at(way.last_arrival, [this, &way, shared = std::make_shared<Message>(std::move(one))] { arrive(way, std::move(*shared)); });
  }
}

void SimulatedNetwork::arrive(Direction& way, Message message) {
  if (!way.ended.empty() || direction(way.to, way.from).closed || dead_[way.to]) return;
  note("reaches", way.from, way.to, message.size());
  way.inbox.push_back(std::move(message));
  time_.wake(way.to);
}

void SimulatedNetwork::end(Direction& way, Duration when, const std::string& why) {
  way.last_arrival = std::max(when, way.last_arrival + Duration(1));
  time_.at(way.last_arrival, [this, &way, why] {
    if (!way.ended.empty()) return;
    way.ended = why;
    refuse(direction(way.to, way.from));  // nobody takes it any more
    note("is over for", way.from, way.to, 0);
    time_.wake(way.to);
  });
}

void SimulatedNetwork::refuse(Direction& way) {
  way.refused |= !way.waiting.empty();
  way.waiting.clear();
}

void SimulatedNetwork::crash_unseen(int rank) {
  dead_[rank] = true;
  note("crashes", rank, rank, calls_[rank]);
  for (int peer = 0; peer < size_; ++peer) direction(rank, peer).waiting.clear();
  time_.wake(rank);
}

void SimulatedNetwork::crash(int rank) {
  crash_unseen(rank);
  for (int peer = 0; peer < size_; ++peer) {
    end(direction(rank, peer), time_.now() + jitter(4, peer, model_.latency), "the process is gone");
  }
}

void SimulatedNetwork::come_back(int rank) {
  dead_[rank] = false;
  note("comes back", rank, rank, calls_[rank]);
}

void SimulatedNetwork::cut(int a, int b, const std::string& why) {
  note("is cut from", a, b, 0);
  for (Direction* way : {&direction(a, b), &direction(b, a)}) {
    refuse(*way);
    if (way->ended.empty()) way->ended = why;
    time_.wake(way->to);
  }
}

void SimulatedNetwork::fall_silent(int a, int b) {
  note("falls silent towards", a, b, 0);
  direction(a, b).silent = direction(b, a).silent = true;
  time_.at(time_.now() + model_.silence, [this, a, b] { cut(a, b, "no sign of life"); });
}

void SimulatedNetwork::suspend(int rank, Duration duration) {
  note("is suspended", rank, rank, calls_[rank]);
  time_.suspend(rank, duration);
  if (duration < model_.silence) return;
  time_.at(time_.now() + model_.silence, [this, rank] {
    for (int peer = 0; peer < size_; ++peer) {
      if (peer != rank) cut(rank, peer, "no sign of life");
    }
  });
}

void SimulatedNetwork::note(const char* what, int from, int to, uint64_t number) {
  for (const char* letter = what; *letter != 0; ++letter) history_ = mixed(history_ ^ static_cast<uint8_t>(*letter));
  for (uint64_t word : {static_cast<uint64_t>(time_.now().count()), static_cast<uint64_t>(from), static_cast<uint64_t>(to), number}) {
    history_ = mixed(history_ ^ word);
  }
  if (on_event) on_event(absl::StrCat(std::chrono::duration<double>(time_.now()).count(), " s: ", from, " ", what, " ", to, " (", number, ")"));
}

SimulatedNetwork::Duration SimulatedNetwork::jitter(uint64_t stream, uint64_t index, Duration most) const {
  const auto quarter = most.count() / 4;
  const uint64_t word = mixed(mixed(model_.seed ^ mixed(stream)) ^ index);
  return Duration(quarter + static_cast<int64_t>(word % static_cast<uint64_t>(most.count() - quarter + 1)));
}

}  // namespace crypten
