// Fault: one operation of a list that a simulated run is put through.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/comm/simulation/program.h"

namespace crypten::simulation {

struct Fault {
  enum class Kind {
    compute,     // party a computes for `amount` before step `index`
    suspend,     // party a gets no time for `amount`, from its call `index` of a channel on
    jump,        // the clock of a jumps ahead by `amount`, at that call
    delay,       // message `index` from a to b comes `amount` later
    drop,        // it is lost
    duplicate,   // it comes again behind `detail` others
    reorder,     // it comes after the next one
    truncate,    // it loses a part (detail: how much)
    flip,        // one bit of it is another (detail: which)
    cut,         // the connection of a and b breaks, at call `index` of a
    silence,     // nothing passes between a and b any more, from that call on
    interrupt,   // a user's Ctrl-C at a, at that call
    crash,       // a is gone, at that call
    takeover,    // as crash, but a new process of a goes on with the old connections after `amount`
    restart,     // when all parties of the first session have ended, each after its own `amount`, all start again
  };
  Kind kind = Kind::compute;
  int a = 0, b = 0;
  uint64_t index = 0;
  std::chrono::microseconds amount{0};
  uint64_t detail = 0;
};
std::string text(const Fault& fault);

// Program, wire and faults of one seed.
struct Scenario {
  uint64_t seed = 0;
  size_t max_message = 0;
  Program program;
  std::vector<Fault> faults;
};
Scenario scenario(uint64_t seed);
std::string text(const Scenario& scenario);

}  // namespace crypten::simulation
