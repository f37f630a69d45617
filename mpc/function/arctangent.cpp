#include "mpc/function/arctangent.h"

#include "crypten_core/trigonometry.h"
#include "mpc/function/mantissa.h"
#include "mpc/function/piecewise.h"
#include "mpc/function/precision.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/series_tables.h"
#include "mpc/protocol/bands.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int64_t kHalfPi = 1727108826179;  // round(π/2 · 2^40)
constexpr int kHalfPiBits = 40;
constexpr int kReciprocalSlopeBits = 6;  // of the slope of atan_of_reciprocal

// Own share of −slope · 1/x with `scale`'s fractional bits in its ring: the low bits of each share are dropped, which is exact up to n − 1 units of a result that has more.
RingTensor falling_slope(const LongReciprocal& inverse, int64_t slope, const SeriesScale& scale) {
  const auto product = inverse.share.share() * -rescaled(slope, kSlopeBits, kReciprocalSlopeBits);
  return shift_right_logical(product, inverse.fraction_bits + kReciprocalSlopeBits - scale.fraction_bits());
}

ArithmeticShared atan(Party& party, const ArithmeticShared& x, int bits, double bound) {
  const auto at = party.scope("atan");
  party.scopes().fact(x.sizes());
  const auto &near = series_tables::atan_near, &far = series_tables::atan_of_reciprocal;
  const auto scale = series_scale(bits, 1);
  const auto angle = mask_angle(party, x.share() * rounded_shift(static_cast<int64_t>(near.turns), bits), 64);
  const SeriesOfAngle near_series(party, angle, near.series.harmonics, scale.scale_bits, scale.factor_bits, scale.width);
  const int cut = scale.fraction_bits() - bits;
  const auto near_share = [&] { return near_series.evaluate(party, near.series) + x.share() * rescaled(near.slope, kSlopeBits, scale.fraction_bits() - bits); };
  if (2 * bound <= near.high) {
    open(party, {angle});
    const auto value = mask_narrow(party, near_share(), scale.width, "series");
    const PendingTruncation result(party, value, cut);
    open(party, {value});
    return result.share(party);
  }
  const auto X = mask_to_compare(party, x);
  const int top = party.ring().bits - 1, needed = bits_within(bound + 1.5, bits, top);
  // x in [−1.5, −1) and [1, 1.5) may count as either: both series hold there.
  Bands bands(party, X, {-(int64_t{1} << bits), int64_t{3} << (bits - 1)}, bits - 1, needed < top ? needed : 0);
  const auto above_share = party.provider().request(ShareRequest{{{bands.term(1), party.ring().bits}}}, x.device());
  open(party, {X, angle});

  MaskedPtr near_value, far_value;
  RingTensor far_share;
  party.together({[&] {
                    near_value = mask_narrow(party, near_share(), scale.width, "series");
                    open(party, {near_value});
                  },
                  [&] { bands.finish(party); },
                  [&] {
                    // |x| ≥ 1: no lower chunk is looked at.
                    const auto inverse = long_reciprocal(party, x, bits, within_bound({bits, 6, true}, bits, bound));
                    const auto turns = rounded_shift(static_cast<int64_t>(far.turns), inverse.fraction_bits);
                    const auto far_angle = mask_angle(party, inverse.share.share() * -turns, 64);
                    const SeriesOfAngle far_series(party, far_angle, far.series.harmonics, scale.scale_bits, scale.factor_bits, scale.width);
                    open(party, {far_angle});
                    far_share = far_series.evaluate(party, far.series) + falling_slope(inverse, far.slope, scale);
                  }});
  far_value = mask_narrow(party, far_share, scale.width, "series");
  const PendingTruncation near_part(party, near_value, cut), far_part(party, far_value, cut);
  const Selection inside(party, bands.term(0), {near_part.masked(), far_part.masked()});
  open(party, {far_value});
  const auto near_quotient = near_part.share(party), far_quotient = far_part.share(party);
  auto result = inside.combine(party, bands.bit(0), 0, near_quotient).share() + inside.combine(party, bands.bit(0), 1, far_quotient, true).share();
  // π/2 above, −π/2 below: π/2 · (2·[above] + [inside] − 1).
  const int64_t half_pi = rescaled(kHalfPi, kHalfPiBits, bits);
  result = result + times_bit(party, bands.bit(1), above_share.words(), 2 * half_pi) + times_bit(party, bands.bit(0), inside.bit_share(), half_pi);
  return ArithmeticShared(result + party.public_share(RingTensor(at::full(x.sizes(), -half_pi, x.share().words().options()))).share());
}

}  // namespace

MPCTensor atan(const MPCTensor& x, double bound) {
  const OperationScope op("atan", {x});
  const int bits = checked_precision(op, "atan");
  check_bound(op, "atan", bound);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  x.at_most(bits);
  return MPCTensor(x.party(), atan(op.party(), x.widened(bits), bits, bound), bits, true);
}

}  // namespace crypten
