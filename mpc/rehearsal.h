// Rehearsal: what one run of a piece of program (a model's forward pass) asked of the dealer. The next run asks for all of it when it
// begins, so that the dealer computes beside the parties and takes no turns with them. Nothing is asked between runs (mpc/plan.h does
// that).
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpc/running_call.h"

namespace crypten {

// Answers of a run that are on the way to one rank, or wait there, at most (or one that is larger).
inline constexpr uint64_t kRehearsedWindow = uint64_t{32} << 20;

class Rehearsal {
 public:
  // Runs fn() and returns its result: as a call of its own (Party::begin_call), asking ahead where the run before had the same `form`:
  // public facts on which fn's requests depend, equal on all ranks. Where fn asks anything else, it is asked afresh from there on: never
  // wrong, only late. An exception ends the call, and the next run asks nothing ahead. Inside a call of a plan, in a lane, and while
  // answers wait for a plan's next call, fn() runs as it would alone. Rounds and bytes are fn's. Throws what fn throws.
  template <class Function>
  std::invoke_result_t<Function> run(Party& party, std::vector<std::vector<int64_t>> form, Function&& fn) {
    if (!may_call(party)) return std::forward<Function>(fn)();
    ask_ahead(party, std::move(form));
    RunningCall running(party);
    auto result = std::forward<Function>(fn)();
    recorded_ = running.end();
    return result;
  }

 private:
  static bool may_call(Party& party);
  void ask_ahead(Party& party, std::vector<std::vector<int64_t>> form);  // what the last run recorded, if it had that form

  std::vector<std::vector<int64_t>> form_;
  std::vector<Request> recorded_;
};

}  // namespace crypten
