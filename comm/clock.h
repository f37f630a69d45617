// Clock: the time of every deadline and time limit of a session. It is the steady clock, unless the calling thread was given other time.
#pragma once

#include <chrono>

namespace crypten {

class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  // Where a thread has its time from, where not from the steady clock: a party of a simulation (comm/local/virtual_time.h).
  class Source {
   public:
    virtual time_point now() const = 0;

   protected:
    ~Source() = default;
  };

  static time_point now() { return source_ ? source_->now() : std::chrono::steady_clock::now(); }
  // For the calling thread, from now on; nullptr: the steady clock. The source must outlive its use.
  static void use(const Source* source) { source_ = source; }

 private:
  static constinit inline thread_local const Source* source_ = nullptr;
};

}  // namespace crypten
