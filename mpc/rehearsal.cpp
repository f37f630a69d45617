#include "mpc/rehearsal.h"

#include "crypten_core/error.h"

namespace crypten {

bool Rehearsal::may_call(Party& party) {
  return party.provider().current_call() == 0 && !party.provider().awaits_call() && !party.in_lane();
}

Rehearsal::Running::Running(Rehearsal& rehearsal, Party& party, std::vector<std::vector<int64_t>> form)
    : rehearsal_(rehearsal), party_(party) {
  const auto recorded = std::exchange(rehearsal_.recorded_, {});
  party_.check_open();
  if (form == rehearsal_.form_ && !recorded.empty()) party_.provider().prefetch(recorded, kRehearsedWindow);
  rehearsal_.form_ = std::move(form);
  party_.begin_call();
}

Rehearsal::Running::~Running() {
  if (finished_) return;
  try {
    party_.end_call();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): closed within the call: nothing is left to end
  }
}

void Rehearsal::Running::finish() {
  finished_ = true;
  rehearsal_.recorded_ = party_.end_call();
}

}  // namespace crypten
