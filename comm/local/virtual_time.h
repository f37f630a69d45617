// VirtualTime: runs parties one at a time, in the order of a time that passes only when all of them wait. A day of waiting takes milliseconds, and the
// order of all that happens depends on nothing but what the parties do: the same run is the same on every machine.
// Each party is a thread, but only the one whose turn it is runs; turns change in spend() and wait_until(). Clock::now() on a party's thread is this time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "comm/clock.h"

namespace crypten {

class VirtualTime {
 public:
  using Duration = Clock::duration;
  enum class End { all_returned, out_of_time, out_of_turns };

  VirtualTime();
  ~VirtualTime();
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;

  // Runs all parties until all have returned; they must not throw. After `limit` of virtual time or `most_turns` turns time is over: all waits end at once,
  // and a party that goes on waiting regardless is thrown out of wait_until() with TimeIsOver. Once per object.
  struct TimeIsOver {};  // not a std::exception: no handler of errors may take it for one
  End run(const std::vector<std::function<void()>>& parties, Duration limit, uint64_t most_turns);

  Duration now() const { return now_; }  // since the start, in nobody's clock
  bool over() const { return end_ != End::all_returned; }
  int running() const { return running_; }  // whose turn it is
  uint64_t turns() const { return turns_; }

  // By the party whose turn it is: time passes, others run meanwhile.
  void spend(Duration duration);
  // Until ready() (looked at when the party is woken), or until `deadline` of its own clock (false), or until time is over (false).
  bool wait_until(Clock::time_point deadline, const std::function<bool()>& ready);

  // By any party or event. Events run between turns, in the order of their times, and of at() where times are equal.
  void at(Duration when, std::function<void()> event);
  void wake(int party);                        // so that it looks again at what it waits for
  void set_ahead(int party, Duration more);    // its clock jumps ahead
  void suspend(int party, Duration duration);  // it gets no turn for so long

 private:
  struct Party;
  using Key = std::pair<Duration, uint64_t>;  // when, and which was asked for first

  void give_turn(Party& self, Duration due);  // and wait for the next one
  void schedule(Party& party, Duration due);
  int next();  // runs events until a party is due
  void hand_over(int party);
  void await_turn(Party& self);
  void body(int index, const std::function<void()>& work);

  std::vector<std::unique_ptr<Party>> parties_;
  std::map<Key, std::variant<int, std::function<void()>>> agenda_;  // a party that is due, or an event
  uint64_t asked_ = 0, turns_ = 0, most_turns_ = 0;
  Duration now_{0}, limit_{0};
  End end_ = End::all_returned;
  int running_ = -1;

  std::mutex mutex_;  // all else belongs to whom the turn belongs to
  int turn_ = -1;
  std::condition_variable finished_;
};

}  // namespace crypten
