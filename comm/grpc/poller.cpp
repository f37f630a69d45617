#include "comm/grpc/poller.h"

#include <algorithm>

namespace crypten {

using namespace std::chrono_literals;

namespace {

constexpr auto kSlice = 10ms;    // longest single poll: deadlines and interrupts are seen without another thread
constexpr auto kAwake = 30us;    // from the start of a wait, and from each event: what comes within it is seen without sleeping, from which a core, above all a virtual one, wakes slowly
constexpr auto kIdle = 100ms;    // how long nobody may poll before the keeper does; also between two interrupt checks
// How long the keeper waits for the next message before it leaves again. On a busy machine a sender's next turn comes late; what then lies unread for 100 ms at a time makes
// the sender's TCP believe in a slow network (BBR above all), of which it recovers in many seconds.
constexpr auto kAttention = 30ms;
constexpr int kPatientPolls = 90;  // of a slice each; who waits for longer, as a dealer with many idle clients, polls in longer ones
constexpr int kEagerPolls = 50;  // polls without sleeping before an eager wait sleeps 1 ms (gRPC's clock ticks in milliseconds)

gpr_timespec in(Clock::duration time) {
  if (time <= 0s) return gpr_inf_past(GPR_CLOCK_MONOTONIC);  // "now" would be rounded up to the next millisecond
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(micros, GPR_TIMESPAN));
}

}  // namespace

Poller::Poller(std::unique_ptr<grpc::CompletionQueue> queue, Keeper keeper) : queue_(std::move(queue)), last_poll_(Clock::now()) {
  if (keeper == Keeper::own_thread) keeper_ = std::thread([this] { keep(); });
}

Poller::~Poller() {
  {
    auto holding = lock();
    stopping_ = true;
  }
  stop_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  queue_->Shutdown();
  void* tag;
  bool ok;
  while (queue_->Next(&tag, &ok)) static_cast<Operation*>(tag)->completed(ok);
}

bool Poller::step(std::unique_lock<std::mutex>& lock, Turn& turn) {
  const auto now = Clock::now();
  if (turn.steps++ && now >= turn.deadline) return false;
  // Of the thread, not of this wait: many short waits in a row must see an interrupt, too.
  thread_local Clock::time_point checked;
  if (turn.interrupts == Interrupts::checked && now - checked >= kIdle) {
    checked = now;
    lock.unlock();
    check_interrupt();
    lock.lock();
    return true;
  }
  if (polled_) {
    ++sleepers_;
    news_.wait_until(lock, std::min(turn.deadline, now + kSlice));
    --sleepers_;
    return true;
  }
  auto until = std::min<Clock::time_point>(turn.deadline, now + (turn.steps < kPatientPolls ? kSlice : kIdle));
  if (turn.eager) until = turn.steps < kEagerPolls ? now : std::min<Clock::time_point>(turn.deadline, now + 1ms);
  for (const auto sleep = std::min<Clock::time_point>(until, now + kAwake); turn.awake && Clock::now() < sleep; std::this_thread::yield())
    if (poll(lock, now)) return true;
  turn.awake = poll(lock, until) && !turn.eager;
  return true;
}

bool Poller::poll(std::unique_lock<std::mutex>& lock, Clock::time_point until) {
  const auto now = Clock::now();
  run_postponed(now);
  polled_ = true;
  lock.unlock();
  void* tag = nullptr;
  bool ok = false;
  const bool event = queue_->AsyncNext(&tag, &ok, in(until - now)) == grpc::CompletionQueue::GOT_EVENT;
  lock.lock();
  polled_ = false;
  last_poll_ = now;
  if (event) static_cast<Operation*>(tag)->completed(ok);
  if (sleepers_ > 0) news_.notify_all();
  return event;
}

void Poller::run_postponed(Clock::time_point now) {
  while (!postponed_.empty() && postponed_.front().due <= now) {
    Operation* operation = postponed_.front().operation;
    postponed_.erase(postponed_.begin());
    operation->completed(true);
  }
}

void Poller::attend(Clock::duration patience) {
  auto holding = lock();
  if (Clock::now() - last_poll_ < kIdle) return;
  // A look without waiting would move one piece of a message: what comes in needs a moment for each of its messages.
  while (!polled_ && !stopping_ && sleepers_ == 0 && poll(holding, Clock::now() + patience)) {
  }
}

void Poller::look() {
  auto holding = lock();
  while (!polled_ && poll(holding, Clock::now())) {
  }
}

void Poller::keep() {
  auto holding = lock();
  while (!stopping_) {
    stop_.wait_for(holding, kIdle);
    if (stopping_) return;
    holding.unlock();
    attend(kAttention);
    holding.lock();
  }
}

}  // namespace crypten
