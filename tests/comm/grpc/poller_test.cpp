#include "comm/grpc/poller.h"

#include <grpcpp/alarm.h>

#include <time.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// An event that gRPC delivers after some time.
struct Event final : Operation {
  explicit Event(Poller& poller, double seconds) {
    alarm.Set(poller.queue(), std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000)),
              static_cast<Operation*>(this));
  }
  void completed(bool) noexcept override {
    done = true;
    by = std::this_thread::get_id();
  }
  grpc::Alarm alarm;
  std::atomic<bool> done{false};
  std::thread::id by;
};

double measured(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<grpc::CompletionQueue> queue() { return std::make_unique<grpc::CompletionQueue>(); }

}  // namespace

TEST_CASE("the waiting thread itself handles the event") {
  Poller poller(queue(), Poller::Keeper::own_thread);
  Event event(poller, 0.05);
  auto lock = poller.lock();
  CHECK(poller.wait(
      lock, [&] { return event.done.load(); }, in_seconds(5)));
  CHECK(event.by == std::this_thread::get_id());
  CHECK(lock.owns_lock());
}

TEST_CASE("a wait ends at its deadline, and a deadline in the past is a poll") {
  Poller poller(queue(), Poller::Keeper::attended);
  auto lock = poller.lock();
  const double seconds = measured([&] {
    CHECK_FALSE(poller.wait(
        lock, [] { return false; }, in_seconds(0.1)));
  });
  CHECK(seconds >= 0.1);
  CHECK(seconds < 0.2);
  Event event(poller, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  poller.wait(
      lock, [&] { return event.done.load(); }, Clock::time_point{});
  CHECK(event.done);
  CHECK(measured([&] {
          poller.wait(
              lock, [] { return false; }, Clock::time_point{});
        }) < 0.05);
}

TEST_CASE("a thread that waits for long sleeps") {
  Poller poller(queue(), Poller::Keeper::attended);
  const auto cpu_seconds = [] {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
  };
  const double before = cpu_seconds();
  auto lock = poller.lock();
  poller.wait(
      lock, [] { return false; }, in_seconds(0.5));
  CHECK(cpu_seconds() - before < 0.05);  // one that looked all the time would use half a second
}

TEST_CASE("of two waiting threads each gets its own event") {
  Poller poller(queue(), Poller::Keeper::own_thread);
  Event soon(poller, 0.05), late(poller, 0.3);
  double first = 0, second = 0;
  auto waits_for = [&](Event& event) {
    return measured([&] {
      auto lock = poller.lock();
      poller.wait(
          lock, [&] { return event.done.load(); }, in_seconds(5));
    });
  };
  std::thread other([&] { second = waits_for(late); });
  first = waits_for(soon);
  other.join();
  CHECK(first < 0.25);
  CHECK(second >= 0.29);
  CHECK(second < 1);
}

TEST_CASE("the keeper polls when nobody else does") {
  Poller poller(queue(), Poller::Keeper::own_thread);
  Event event(poller, 0);
  for (const auto end = in_seconds(2); !event.done && Clock::now() < end;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(event.done);

  Poller attended(queue(), Poller::Keeper::attended);
  Event other(attended, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK_FALSE(other.done);
  attended.attend(std::chrono::milliseconds(5));
  CHECK(other.done);
  Event now(attended, 0), soon(attended, 0.08);
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  Event later(attended, 0.08);
  attended.attend(std::chrono::milliseconds(500));  // it stays for what comes within its patience
  CHECK((now.done && soon.done && later.done));
}

TEST_CASE("interrupts are checked on the waiting thread, about every 100 ms, without the lock") {
  Poller poller(queue(), Poller::Keeper::attended);
  std::atomic<int> checks{0};
  std::atomic<bool> same_thread{true}, locked{false};
  const auto self = std::this_thread::get_id();
  set_interrupt_check([&] {
    ++checks;
    same_thread = same_thread && std::this_thread::get_id() == self;
    std::thread([&] { locked = locked || !poller.lock().owns_lock(); }).join();  // would block for ever under the lock
  });
  {
    auto lock = poller.lock();
    poller.wait(
        lock, [] { return false; }, in_seconds(0.55));
    CHECK(checks >= 3);
    CHECK(checks <= 6);
    checks = 0;
    poller.wait(
        lock, [] { return false; }, in_seconds(0.3), Poller::Interrupts::ignored);
    CHECK(checks == 0);
  }
  CHECK(same_thread);
  CHECK_FALSE(locked);
  set_interrupt_check({});
}

TEST_CASE("what is postponed is done by whoever polls 10 ms later, unless it was dropped") {
  struct Note final : Operation {
    void completed(bool ok) noexcept override { done = ok; }
    bool done = false;
  };
  Poller poller(queue(), Poller::Keeper::attended);
  Note kept, dropped;
  auto lock = poller.lock();
  const auto start = Clock::now();
  poller.postpone(&dropped);
  poller.postpone(&kept);
  poller.drop(&dropped);
  poller.wait(
      lock, [] { return false; }, Clock::time_point{});
  CHECK((!kept.done || Clock::now() - start >= std::chrono::milliseconds(10)));
  CHECK(poller.wait(
      lock, [&] { return kept.done; }, in_seconds(5)));
  CHECK(Clock::now() - start >= std::chrono::milliseconds(10));
  poller.wait(
      lock, [] { return false; }, in_seconds(0.05));
  CHECK_FALSE(dropped.done);
}
