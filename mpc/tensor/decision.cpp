#include "mpc/tensor/decision.h"

#include "mpc/protocol/select.h"

namespace crypten {

ArithmeticShared decide(Party& party, const ArithmeticShared& x, Comparison::Kind kind, bool complement, ComparedBits range) {
  if (x.numel() == 0) return ArithmeticShared(RingTensor::zeros(x.sizes(), x.device()));
  Comparison comparison(party, mask_to_compare(party, x), kind, 0, range);
  const PendingBit outcome(party, comparison.term(), x.device());
  return outcome.combine(party, comparison.finish(party), complement);
}

}  // namespace crypten
