#include "mpc/plan.h"

#include "crypten_core/error.h"

namespace crypten {

Plan::Running::Running(Party& party) : party_(party) { party_.begin_call(); }

Plan::Running::~Running() {
  if (finished_) return;
  try {
    party_.end_call();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): closed within the call: nothing is left to end
  }
}

void Plan::Running::finish() {
  finished_ = true;
  party_.provider().prefetch(party_.end_call());
}

}  // namespace crypten
