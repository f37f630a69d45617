#include "mpc/function/roots.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/power_of_two.h"
#include "mpc/function/mantissa.h"
#include "mpc/function/precision.h"
#include "mpc/function/series_tables.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/powers.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/plain.h"

namespace crypten {
namespace {

constexpr int kRootWidth = 40, kRootScaleBits = 20;  // m^(±1/2) in a ring of 40
constexpr int kLowestRoot = 10, kLowestMean = 16;
constexpr int kMostMeanBits = 40;  // with which such a domain fits the ring
constexpr int64_t kHalf = whole_exponent(1) / 2;

// Fractional bits of the dealer's and the public factor of 2^(±e/2), and of the lifted series: so that the product of all stays below 2^62, and none of them is rounded
// by more than 2^-13 of itself.
struct RootScale {
  int sign, factor, dealt, known, kept;  // `factor`: of the series' public factors, m^(1/2) ≤ 1, m^(-1/2) ≤ 2
};
constexpr RootScale kSquareRoot{1, 17, 17, 13, 15}, kInverseRoot{-1, 16, 15, 27, 18};

// `lowest`: the domain begins at 2^-lowest. `factor`: of the result, an exponent of at most 1/2.
ArithmeticShared root(Party& party, const ArithmeticShared& x, int from, int to, int lowest, const RootScale& scale, const Series& series, double bound, int64_t factor = 0) {
  const auto range = within_bound({std::max(0, from - lowest), 8, false}, from, bound);
  Normalisation normal(party, x, range, false);
  const auto digits = normal.digits();
  // x = m · 2^e · 2^places, and the odd half of 2^(± places / 2) goes into the table.
  const int places = scale.sign * (range.low_bit + 1 - from), odd = places & 1, whole = (places - odd) / 2;
  const auto sizes = x.sizes().vec();
  const auto device = x.device();
  const int64_t count = x.numel();
  // 2^(±e/2) under its mask.
  struct Power {
    PowerTable table;
    MaskedPtr opening;
  };
  // m^(±1/2), lifted, and its product with that.
  struct Root {
    TruncationAhead mantissa;
    AffineProduct product;
  };
  Ahead<Power> power(party, count, [&](Party& asking) {
    PowerTable table(asking, normal.size(asking), digits, whole_exponent(scale.dealt) + odd * kHalf + factor, scale.sign * kHalf, asking.ring().bits);
    return Power{std::move(table), mask_ahead(asking, sizes, device)};
  });
  MantissaSeries of_mantissa(party, normal, sizes, series, kRootScaleBits, scale.factor, kRootWidth);
  Ahead<Root> root(party, count, [&](Party& asking) {
    TruncationAhead mantissa(asking, sizes, device, kRootScaleBits + scale.factor - scale.kept, kRootWidth, "root");
    AffineProduct product(asking, mantissa.pending().masked(), power.begin(asking).opening);
    return Root{std::move(mantissa), std::move(product)};
  });
  Ahead<TruncationAhead> rounded(party, count, [&](Party& asking) { return TruncationAhead(asking, sizes, device, scale.dealt + scale.known + scale.kept - whole - to); });

  normal.finish(party);
  std::vector<int64_t> exponents;
  for (int h = 0; h < 1 << digits.high_bits; ++h) exponents.push_back(h < 6 ? whole_exponent(scale.known) + scale.sign * 8 * h * kHalf : PowerTable::kNothing);
  const auto& [powers, opened_power] = power.begin(party);
  give(opened_power, powers.combine(0, {exponents}).front());
  const auto z = of_mantissa.finish(party);
  const auto& [mantissa, product] = root.begin(party);
  give(mantissa.opening(), z);
  open(party, {mantissa.opening(), opened_power});
  mantissa.pending().result(party);
  return rounded.begin(party).finish(party, product.combine(party).share());
}

MPCTensor root(const char* name, const MPCTensor& x, const RootScale& scale, const Series& series, double bound) {
  const OperationScope op(name, {x});
  const int bits = checked_precision(op, name);
  check_bound(op, name, bound);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  if (x.fraction_bits() > kMostNormalisedBits) x.at_most(kMostNormalisedBits);
  return MPCTensor(x.party(), root(op.party(), x.share(), x.fraction_bits(), bits, kLowestRoot, scale, series, bound), bits, true);
}

}  // namespace

MPCTensor sqrt(const MPCTensor& x, double bound) { return root("sqrt", x, kSquareRoot, series_tables::mantissa_sqrt, bound); }
MPCTensor inv_sqrt_of_mean(const MPCTensor& squares, int64_t count, double eps, int bits, double bound) {
  const OperationScope op("inv_sqrt", {squares});
  check_bound(op, "inv_sqrt", bound);
  op.fact(std::to_string(count) + " " + std::to_string(eps));
  if (squares.numel() == 0) return op.result(op.zeros(squares.sizes()), bits);
  // squares / count + eps = (squares / 2^l + eps · count / 2^l) · 2^l / count: the first division moves the point, the last factor goes into the table.
  const int log2 = static_cast<int>(std::bit_width(static_cast<uint64_t>(count))) - 1;
  if (squares.fraction_bits() + log2 > kMostMeanBits) squares.at_most(kMostMeanBits - log2);
  const int from = squares.fraction_bits() + log2;
  Party& party = op.party();
  const auto epsilon = Plain(std::ldexp(eps * static_cast<double>(count), -log2)).encoded(from, squares.device());
  const auto moved = squares.share() + party.public_share(RingTensor(epsilon.words().expand(squares.sizes())));
  // Between half and all of count is left in it: up to 2·bound.
  const int64_t factor = (exponent_of(static_cast<uint64_t>(count)) - whole_exponent(log2)) / 2;
  return MPCTensor(squares.party(), root(party, moved, from, bits, kLowestMean, kInverseRoot, series_tables::mantissa_inv_sqrt, 2 * bound, factor), bits, true);
}

MPCTensor inv_sqrt(const MPCTensor& x, double bound) { return root("inv_sqrt", x, kInverseRoot, series_tables::mantissa_inv_sqrt, bound); }

}  // namespace crypten
