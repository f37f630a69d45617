#include "mpc/function/mantissa.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/power_of_two.h"
#include "mpc/error_codes.h"
#include "mpc/tensor/bound.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/powers.h"

namespace crypten {
namespace {

constexpr int kFewestChunks = 3;     // with fewer, long reciprocals have too few fractional bits
constexpr int kClassDigit = 3;        // the low digit of e
constexpr int kClassMargin = 7;       // a digit of e is as much too large at most

// e = 8h + l with |l| < 8: h is 0 … (largest + 7) / 8.
PowerDigits digits_of(int largest) { return {.low_bits = kClassDigit, .high_bits = (largest + kClassMargin) >> kClassDigit < 4 ? 2 : 3}; }

// 2^(top − 8h), for e = 8h + l.
std::vector<int64_t> falling_powers(int top, PowerDigits digits) {
  std::vector<int64_t> exponents;
  for (int h = 0; h < 1 << digits.high_bits; ++h) exponents.push_back(top - (h << kClassDigit) >= 0 ? whole_exponent(top - (h << kClassDigit)) : PowerTable::kNothing);
  return exponents;
}

// The one mask of a plain opening.
Term mask_of_whole(const MaskedPtr& x) {
  Term mask = x->terms.front();
  for (size_t i = 1; i < x->terms.size(); ++i) mask.share = mask.share + x->terms[i].share;
  mask.share = RingTensor(mask.share.words().expand(x->sizes()));
  mask.ref.masks = x->mask();
  mask.ref.sizes = x->sizes();
  return mask;
}

}  // namespace

SizeRange within_bound(SizeRange range, int fraction_bits, double bound) {
  // |x| < 2^(low_bit + 4·chunks − 1) − 2^low_bit: one more than the bound in units of 2^low_bit.
  const int most = 4 * range.chunks - 1, places = fraction_bits - range.low_bit;
  const int bits = bits_within(bound + std::ldexp(1.01, -places), places, most);
  range.chunks = std::clamp(bits / 4 + 1, kFewestChunks, range.chunks);
  return range;
}

Normalised normalise(Party& party, const ArithmeticShared& x, const SizeRange& range, bool whole_factor) {
  const auto X = mask_to_compare(party, x);
  SizeClass size(party, X, range.low_bit, range.chunks, range.both_signs);
  Normalised result;
  result.largest = size.largest();
  result.digits = digits_of(result.largest);
  const int width = range.low_bit + result.largest + 2 + kClassMargin;
  if (width > party.ring().bits)
    throw InvalidArgument(mpc_code::invalid_argument, "the ring has no room to normalise numbers of that range", "normalise", std::to_string(width) + " bits", "truncate the number first");
  size.finish(party);

  result.size = mask_narrow(party, size.share(), size.bits(), "size class");
  const int factor_width = whole_factor ? party.ring().bits : width;
  std::optional<TermRef> sign;
  if (range.both_signs) sign = size.sign_term();
  const PowerTable powers(party, result.size, result.digits, 0, whole_exponent(-1), factor_width, sign);
  open(party, {result.size});
  auto factor = powers.combine(0, {falling_powers(result.largest + kClassMargin, result.digits)}).front();
  if (range.both_signs) {
    factor = factor * RingTensor(chosen_constants(size.sign().value, factor.sizes(), -1, 1));
  }

  result.factor = whole_factor ? mask_plain(party, ArithmeticShared(factor)) : mask_narrow(party, factor, width, "normalise");
  const auto mask_x = mask_of_whole(X), mask_factor = mask_of_whole(result.factor);
  const auto product = party.provider().request(ProductRequest{Bilinear::elementwise(), {{mask_x.ref, mask_factor.ref, width}}}, X->device);
  open(party, {result.factor});
  const auto &opened = X->value, &N = result.factor->value;
  // (X + λ)(N + μ), modulo 2^width: x · N = m · 2^(width − 1).
  result.angle = mask_angle(party, RingTensor(operators::multiply_combine(opened.words(), N.words(), mask_x.share, mask_factor.share, product.words(), party.rank() == 0)), width);
  return result;
}

RingTensor mantissa_series(Party& party, const Normalised& x, const Series& series, int scale_bits, int factor_bits, int width) {
  const SeriesOfAngle of_angle(party, x.angle, series.harmonics, scale_bits, factor_bits, width);
  open(party, {x.angle});
  return of_angle.evaluate(party, series);
}

}  // namespace crypten
