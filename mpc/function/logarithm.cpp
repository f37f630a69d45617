#include "mpc/function/logarithm.h"

#include <algorithm>

#include "crypten_core/aten.h"
#include "mpc/function/mantissa.h"
#include "mpc/function/precision.h"
#include "mpc/function/series_tables.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int kLogWidth = 48, kLogScaleBits = 20, kLogFactorBits = 18, kLogBits = kLogScaleBits + kLogFactorBits;
constexpr int64_t kLn2 = 190530846196;  // round(ln 2 · 2^38)

ArithmeticShared log(Party& party, const ArithmeticShared& x, int from, int to, double bound) {
  const auto range = within_bound({std::max(0, from - 10), 8, false}, from, bound);
  Normalisation normal(party, x, range, false);
  // ê = e + ρ mod 2^b, ρ = −λ, and e < 2^(b − 1): it wrapped exactly where ρ has its top bit and ê has not. So e = ê − ρ + 2^b·(1 − msb ê)·[msb ρ].
  const auto sizes = x.sizes().vec();
  Ahead<Dealt> wraps(party, x.numel(), [&](Party& asking) {
    const auto size = normal.size(asking);
    const TermRef rho{.kind = TermRef::Kind::shifted, .shift = 0, .ring_bits = size->narrow_bits, .masks = size->mask(), .sizes = sizes};
    const TermRef top{.kind = TermRef::Kind::top_bit, .ring_bits = size->narrow_bits, .masks = size->mask(), .sizes = sizes};
    return asking.provider().request(ShareRequest{{{rho, kLogWidth}, {top, kLogWidth - size->narrow_bits}}}, size->device);
  });
  MantissaSeries of_mantissa(party, normal, sizes, series_tables::mantissa_log, kLogScaleBits, kLogFactorBits, kLogWidth);
  Ahead<TruncationAhead> rounded(party, x.numel(), [&, device = x.device()](Party& asking) { return TruncationAhead(asking, sizes, device, kLogBits - to, kLogWidth, "log"); });

  normal.finish(party);
  const auto& dealt = wraps.begin(party);
  auto z = of_mantissa.finish(party);
  const auto size = normal.size(party);
  const auto opened = size->value.words();
  const auto clear = at::bitwise_right_shift(opened, size->narrow_bits - 1).neg().add(1).mul(int64_t{1} << size->narrow_bits);
  z = z + (RingTensor(clear) * dealt.ring(1) - dealt.ring(0)) * kLn2;
  if (party.rank() == 0) z = z + RingTensor(opened.add(range.low_bit + 1 - from)) * kLn2;
  return rounded.begin(party).finish(party, z);
}

}  // namespace

MPCTensor log(const MPCTensor& x, double bound) {
  const OperationScope op("log", {x});
  const int bits = checked_precision(op, "log");
  check_bound(op, "log", bound);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  if (x.fraction_bits() > kMostNormalisedBits) x.at_most(kMostNormalisedBits);
  return MPCTensor(x.party(), log(op.party(), x.share(), x.fraction_bits(), bits, bound), bits, true);
}

}  // namespace crypten
