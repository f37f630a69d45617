#include "mpc/tensor/decision.h"

#include "crypten_core/aten.h"
#include "mpc/protocol/select.h"

namespace crypten {

ArithmeticShared decide(Party& party, const ArithmeticShared& x, Comparison::Kind kind, bool complement, ComparedBits range) {
  if (x.numel() == 0) return ArithmeticShared(RingTensor::zeros(x.sizes(), x.device()));
  Comparison comparison(party, mask_to_compare(party, x), kind, 0, range);
  const auto mask_share = party.provider().request(ShareRequest{{{comparison.term(), party.ring().bits}}}, x.device());
  return bit_to_ring(party, comparison.finish(party), mask_share.words(), complement);
}

}  // namespace crypten
