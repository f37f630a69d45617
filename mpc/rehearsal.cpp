#include "mpc/rehearsal.h"

namespace crypten {

bool Rehearsal::may_call(Party& party) {
  return party.provider().current_call() == 0 && !party.provider().awaits_call() && !party.in_lane();
}

void Rehearsal::ask_ahead(Party& party, std::vector<std::vector<int64_t>> form) {
  const auto recorded = std::exchange(recorded_, {});
  party.check_open();
  if (form == form_ && !recorded.empty()) party.provider().prefetch(recorded, kRehearsedWindow);
  form_ = std::move(form);
}

}  // namespace crypten
