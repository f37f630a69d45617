#include "mpc/function/mantissa.h"

#include <c10/util/accumulate.h>

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

struct Normalisation::State {
  // e under its mask, and the powers of two that its opening gives.
  struct Power {
    MaskedPtr size;
    PowerTable table;
  };
  // N under its mask, and what x · N needs.
  struct Product {
    MaskedPtr factor, angle;
    Term mask_x, mask_factor;
    Dealt dealt;
  };

  State(Party& party, const ArithmeticShared& share, const SizeRange& wanted, bool whole_factor)
      : range(wanted),
        x(mask_to_compare(party, share)),
        size(party, x, range.low_bit, range.chunks, range.both_signs),
        digits(digits_of(size.largest())),
        width(width_of(party, range, size.largest())),
        power(party, share.numel(), [this, sizes = share.sizes().vec(), whole_factor](Party& asking) { return ask_powers(asking, sizes, whole_factor); }),
        product(party, share.numel(), [this, sizes = share.sizes().vec(), whole_factor](Party& asking) { return ask_product(asking, sizes, whole_factor); }) {}

  static int width_of(const Party& party, const SizeRange& range, int largest) {
    const int width = range.low_bit + largest + 2 + kClassMargin;
    if (width > party.ring().bits)
      throw InvalidArgument(mpc_code::invalid_argument, "the ring has no room to normalise numbers of that range", "normalise", std::to_string(width) + " bits", "truncate the number first");
    return width;
  }

  Power ask_powers(Party& party, at::IntArrayRef sizes, bool whole_factor) const {
    const auto opening = mask_narrow_ahead(party, sizes, x->device, size.bits(), "size class");
    std::optional<TermRef> sign;
    if (range.both_signs) sign = size.sign_term();
    return {opening, PowerTable(party, opening, digits, 0, whole_exponent(-1), whole_factor ? party.ring().bits : width, sign)};
  }

  Product ask_product(Party& party, at::IntArrayRef sizes, bool whole_factor) const {
    const auto factor = whole_factor ? mask_ahead(party, sizes, x->device) : mask_narrow_ahead(party, sizes, x->device, width, "normalise");
    const auto mask_x = mask_of_whole(x), mask_factor = mask_of_whole(factor);
    const auto dealt = party.provider().request(ProductRequest{Bilinear::elementwise(), {{mask_x.ref, mask_factor.ref, width}}}, x->device);
    return {factor, mask_angle_ahead(party, sizes, x->device, width), mask_x, mask_factor, dealt};
  }

  SizeRange range;
  MaskedPtr x;
  SizeClass size;
  PowerDigits digits;
  int width;
  Ahead<Power> power;
  Ahead<Product> product;
};

Normalisation::Normalisation(Party& party, const ArithmeticShared& x, const SizeRange& range, bool whole_factor) : state_(std::make_shared<State>(party, x, range, whole_factor)) {}

int Normalisation::largest() const { return state_->size.largest(); }
PowerDigits Normalisation::digits() const { return state_->digits; }
MaskedPtr Normalisation::size(Party& party) const { return state_->power.begin(party).size; }
MaskedPtr Normalisation::factor(Party& party) const { return state_->product.begin(party).factor; }
MaskedPtr Normalisation::angle(Party& party) const { return state_->product.begin(party).angle; }

void Normalisation::finish(Party& party) {
  auto& s = *state_;
  s.size.finish(party);
  const auto& [opened_size, powers] = s.power.begin(party);
  give(opened_size, s.size.share());
  open(party, {opened_size});
  auto factor = powers.combine(0, {falling_powers(largest() + kClassMargin, s.digits)}).front();
  if (s.range.both_signs) factor = factor * RingTensor(chosen_constants(s.size.sign().value, factor.sizes(), -1, 1));
  const auto& product = s.product.begin(party);
  give(product.factor, factor);
  open(party, {product.factor});
  // (X + λ)(N + μ), modulo 2^width: x · N = m · 2^(width − 1).
  const auto &X = s.x->value, &N = product.factor->value;
  give_angle(product.angle,
             RingTensor(operators::multiply_combine(X.words(), N.words(), product.mask_x.share, product.mask_factor.share, product.dealt.words(), party.rank() == 0)), s.width);
}

MantissaSeries::MantissaSeries(Party& party, const Normalisation& x, at::IntArrayRef sizes, const Series& series, int scale_bits, int factor_bits, int width)
    : x_(x), series_(&series), of_angle_(party, c10::multiply_integers(sizes), [x, &series, scale_bits, factor_bits, width](Party& asking) {
        return SeriesOfAngle(asking, x.angle(asking), series.harmonics, scale_bits, factor_bits, width);
      }) {}

RingTensor MantissaSeries::finish(Party& party) {
  const auto& of_angle = of_angle_.begin(party);
  open(party, {x_.angle(party)});
  return of_angle.evaluate(party, *series_);
}

}  // namespace crypten
