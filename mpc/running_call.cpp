#include "mpc/running_call.h"

#include "crypten_core/error.h"

namespace crypten {

RunningCall::RunningCall(Party& party) : party_(party) { party_.begin_call(); }

RunningCall::~RunningCall() {
  if (ended_) return;
  try {
    party_.end_call();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): closed within the call: nothing is left to end
  }
}

std::vector<Request> RunningCall::end() {
  ended_ = true;
  return party_.end_call();
}

}  // namespace crypten
