#include "comm/local/virtual_time.h"

#include <algorithm>
#include <thread>

namespace crypten {

namespace {

constexpr int kAllReturned = -2;
constexpr VirtualTime::Duration kNever = VirtualTime::Duration::max();
constexpr uint64_t kPatience = 1000;  // waits that a party may ask for after the end of time

// Time zero of all clocks: not zero, so that a deadline can lie before it.
constexpr Clock::time_point kEpoch{std::chrono::hours(24)};

}  // namespace

struct VirtualTime::Party final : Clock::Source {
  Party(const VirtualTime& owner, int number) : time(owner), index(number) {}
  Clock::time_point now() const override { return kEpoch + time.now() + ahead; }

  const VirtualTime& time;
  const int index;
  Duration ahead{0};            // of its clock
  Duration suspended_until{0};
  Key due{kNever, 0};           // where it is in the agenda
  bool waits = false;           // for something that may come before it is due
  uint64_t waits_after_end = 0;
  std::condition_variable turn;
};

VirtualTime::VirtualTime() = default;
VirtualTime::~VirtualTime() = default;

VirtualTime::End VirtualTime::run(const std::vector<std::function<void()>>& parties, Duration limit, uint64_t most_turns) {
  limit_ = limit;
  most_turns_ = most_turns;
  for (size_t i = 0; i < parties.size(); ++i) {
    parties_.push_back(std::make_unique<Party>(*this, static_cast<int>(i)));
    schedule(*parties_.back(), Duration(0));
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < parties.size(); ++i) {
    threads.emplace_back([this, i, &work = parties[i]] { body(static_cast<int>(i), work); });
  }
  hand_over(next());
  {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return turn_ == kAllReturned; });
  }
  for (std::thread& thread : threads) thread.join();
  return end_;
}

void VirtualTime::body(int index, const std::function<void()>& work) {
  Party& self = *parties_[index];
  Clock::use(&self);
  await_turn(self);
  work();
  Clock::use(nullptr);
  hand_over(next());
}

void VirtualTime::spend(Duration duration) {
  if (!over()) give_turn(*parties_[running_], now_ + duration);
}

bool VirtualTime::wait_until(Clock::time_point deadline, const std::function<bool()>& ready) {
  Party& self = *parties_[running_];
  while (true) {
    if (over() && ++self.waits_after_end > kPatience) {
      throw TimeIsOver{};  // NOLINT(bugprone-std-exception-baseclass): handlers of std::exception must not hold it up
    }
    if (ready()) return true;
    if (over()) return false;
    const Clock::time_point own = self.now();
    if (own >= deadline) return false;
    self.waits = true;
    give_turn(self, deadline - own < kNever - now_ ? now_ + (deadline - own) : kNever);
    self.waits = false;
  }
}

void VirtualTime::at(Duration when, std::function<void()> event) { agenda_.emplace(Key{std::max(when, now_), asked_++}, std::move(event)); }

void VirtualTime::wake(int party) {
  Party& one = *parties_[party];
  if (!one.waits || one.due.first <= now_) return;
  agenda_.erase(one.due);
  schedule(one, now_);
}

void VirtualTime::set_ahead(int party, Duration more) {
  parties_[party]->ahead += more;
  wake(party);
}

void VirtualTime::suspend(int party, Duration duration) {
  Duration& until = parties_[party]->suspended_until;
  until = std::max(until, now_ + duration);
}

void VirtualTime::schedule(Party& party, Duration due) {
  party.due = {due, asked_++};
  agenda_.emplace(party.due, party.index);
}

void VirtualTime::give_turn(Party& self, Duration due) {
  schedule(self, due);
  const int other = next();
  if (other == self.index) return;
  hand_over(other);
  await_turn(self);
}

int VirtualTime::next() {
  while (!agenda_.empty()) {
    auto first = agenda_.extract(agenda_.begin());
    const Duration when = first.key().first;
    if (!over() && when > limit_) end_ = End::out_of_time;
    if (!over() && ++turns_ > most_turns_) end_ = End::out_of_turns;
    if (!over()) now_ = when;
    if (auto* event = std::get_if<std::function<void()>>(&first.mapped())) {
      if (!over()) (*event)();
      continue;
    }
    const int index = std::get<int>(first.mapped());
    Party& party = *parties_[index];
    if (!over() && party.suspended_until > now_) {
      schedule(party, party.suspended_until);
      continue;
    }
    running_ = index;
    return index;
  }
  return kAllReturned;
}

void VirtualTime::hand_over(int party) {
  {
    std::lock_guard lock(mutex_);
    turn_ = party;
  }
  if (party == kAllReturned) finished_.notify_one();
  else parties_[party]->turn.notify_one();
}

void VirtualTime::await_turn(Party& self) {
  std::unique_lock lock(mutex_);
  self.turn.wait(lock, [&] { return turn_ == self.index; });
}

}  // namespace crypten
