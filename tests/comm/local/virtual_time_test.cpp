#include "comm/local/virtual_time.h"

#include <catch2/catch.hpp>
#include <string>

using namespace crypten;
using namespace std::chrono_literals;

namespace {
constexpr uint64_t kTurns = 100000;
}

TEST_CASE("parties take turns in the order of virtual time, which costs no time of ours") {
  VirtualTime time;
  std::string order;
  const auto party = [&](const char* name, VirtualTime::Duration pace) {
    return [&, name, pace] {
      for (int i = 0; i < 3; ++i) {
        time.spend(pace);
        order += name;
      }
    };
  };
  const auto start = std::chrono::steady_clock::now();
  CHECK(time.run({party("a", 24h), party("b", 30h)}, 1000h, kTurns) == VirtualTime::End::all_returned);
  CHECK(order == "ababab");
  CHECK(time.now() == 90h);
  CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("a wait ends when it is woken and ready, or at its deadline; the clock of its thread says so") {
  VirtualTime time;
  bool flag = false;
  std::vector<std::pair<bool, Clock::duration>> ends;
  const auto start = Clock::now();
  time.run({[&] {
              const auto begin = Clock::now();
              const auto wait = [&](Clock::duration most) {
                const bool came = time.wait_until(Clock::now() + most, [&] { return flag; });
                ends.emplace_back(came, Clock::now() - begin);
              };
              wait(2s);
              wait(10s);
              flag = false;
              time.at(7s, [&] { flag = true; });  // an event wakes nobody by itself
              wait(3s);
            },
            [&] {
              time.spend(3s);
              time.wake(0);  // for nothing
              time.spend(2s);
              flag = true;
              time.wake(0);
            }},
           100s, kTurns);
  REQUIRE(ends.size() == 3);
  CHECK(ends[0] == std::pair<bool, Clock::duration>(false, 2s));
  CHECK(ends[1] == std::pair<bool, Clock::duration>(true, 5s));
  CHECK(ends[2] == std::pair<bool, Clock::duration>(true, 8s));
  CHECK(Clock::now() - start < 10s);  // this thread's clock is the steady one
}

TEST_CASE("a clock that jumps ahead ends its party's waits early; a suspended party's end late") {
  VirtualTime time;
  std::array<VirtualTime::Duration, 2> ended{};
  const auto waits = [&](int party) {
    return [&, party] {
      time.wait_until(Clock::now() + 10s, [] { return false; });
      ended[party] = time.now();
    };
  };
  time.run({waits(0), waits(1),
            [&] {
              time.spend(1s);
              time.set_ahead(0, 6s);
              time.suspend(1, 20s);
            }},
           100s, kTurns);
  CHECK(ended[0] == 4s);
  CHECK(ended[1] == 21s);
}

TEST_CASE("events run in the order of their times, then in that in which they were asked for") {
  VirtualTime time;
  std::string order;
  time.run({[&] {
             for (const char* name : {"c", "d"}) time.at(2s, [&order, name] { order += name; });
             time.at(1s, [&] { order += "a"; time.at(0s, [&] { order += "b"; }); });
             time.spend(3s);
           }},
           100s, kTurns);
  CHECK(order == "abcd");
}

TEST_CASE("time that is over ends all waits, and throws out who goes on waiting") {
  VirtualTime time;
  bool thrown = false, ended = false;
  const auto end = time.run({[&] {
                              try {
                                while (true) time.wait_until(Clock::now() + 1s, [] { return false; });
                              } catch (const VirtualTime::TimeIsOver&) {
                                thrown = true;
                              }
                            },
                             [&] {
                               time.wait_until(Clock::time_point::max(), [] { return false; });
                               ended = time.over();
                             }},
                            60s, kTurns);
  CHECK(end == VirtualTime::End::out_of_time);
  CHECK(thrown);
  CHECK(ended);
  VirtualTime busy;
  CHECK(busy.run({[&] {
                   for (int i = 0; i < 1000; ++i) busy.spend(1ns);
                 }},
                 60s, 100) == VirtualTime::End::out_of_turns);
}
