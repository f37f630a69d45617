// One simulated run of a scenario: the real handshake, communicator and collectives over the simulated network, and what is to be said of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "tests/comm/simulation/fault.h"

namespace crypten::simulation {

inline constexpr double kRoundTimeout = 10;                      // seconds
inline constexpr std::chrono::seconds kRendezvous{20};

struct Outcome {
  enum class Kind { unfinished, right, wrong, named_error, interrupted, crashed, unnamed_error };
  Kind kind = Kind::unfinished;
  std::string error_class, problem, text;
  double at = 0;  // seconds of virtual time
};

struct Report {
  std::vector<Outcome> first;       // session, by rank
  std::vector<Outcome> taken_over;  // of the new processes on old connections
  std::vector<Outcome> second;      // after a restart
  std::vector<double> struck;       // when each fault of the list struck; negative: never
  bool hung = false;
  double ended = 0;
  uint64_t turns = 0;
  uint64_t history = 0;
  std::vector<std::string> events;
};

// Puts a defect between the communicator and its channels.
using Wrap = std::function<std::unique_ptr<Channel>(std::unique_ptr<Channel>)>;

Report run(const Scenario& scenario, const Wrap& wrap = {}, bool keep_events = false);

// What is wrong with the run; empty: nothing. Of every run: it ends in bounded time, no result is wrong, every error is one of the library's. If nothing but
// time was lost: every result is right. If one party was killed: the survivors name it, in time.
std::string verdict(const Scenario& scenario, const Report& report);

// The verdict of one seed, empty or with the shortest list of faults that still leads to one, what happened in it, and the command that repeats it.
std::string examine(uint64_t seed, const Wrap& wrap = {});

}  // namespace crypten::simulation
