#include "mpc/tensor/decision.h"

#include "crypten_core/aten.h"
#include "mpc/protocol/select.h"

namespace crypten {

ArithmeticShared decide(Party& party, const ArithmeticShared& x, Comparison::Kind kind, bool complement, ComparedBits range) {
  if (x.numel() == 0) return ArithmeticShared(RingTensor::zeros(x.sizes(), x.device()));
  const auto one = party.public_share(RingTensor(at::ones({}, x.share().words().options()).expand(x.sizes())));
  Comparison comparison(party, mask_to_compare(party, x), kind, 0, range);
  const Selection bit_times_one(party, comparison.term(), {one.masked()});
  const auto bit = comparison.finish(party);
  return bit_times_one.combine(party, bit, 0, one, complement);
}

}  // namespace crypten
