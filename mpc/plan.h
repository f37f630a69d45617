// Plan: a piece of program that is called again and again on tensors of the same shapes (a model's forward pass, a training step).
// One call records what was asked of the dealer; the answers for the next call are then asked for ahead of time, and its first layer finds them waiting.
#pragma once

#include <type_traits>
#include <utility>

#include "mpc/running_call.h"

namespace crypten {

class Plan {
 public:
  explicit Plan(Party& party) : party_(party) {}

  // Runs fn() as the party's next call and returns its result. Every rank calls in step. Whether the prediction holds never changes a result: a call that asks
  // anything else is answered afresh from where it differs. An exception ends the call and asks for nothing ahead.
  // Rounds and bytes are fn's. Throws ProtocolError inside another call, and whatever fn throws.
  template <class Function>
  std::invoke_result_t<Function> call(Function&& fn) {
    RunningCall running(party_);
    if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
      std::forward<Function>(fn)();
      party_.provider().prefetch(running.end());
    } else {
      auto result = std::forward<Function>(fn)();
      party_.provider().prefetch(running.end());
      return result;
    }
  }

 private:
  Party& party_;
};

}  // namespace crypten
