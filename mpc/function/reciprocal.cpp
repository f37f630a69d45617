#include "mpc/function/reciprocal.h"

#include <algorithm>

#include "mpc/function/mantissa.h"
#include "mpc/function/precision.h"
#include "mpc/function/series_tables.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/product.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

// 1/m ≤ 4 has five bits fewer behind the point than its ring. Long ones of denominators have two more: softmax is held to 2^-13.
struct InverseScale {
  int width, scale_bits, factor_bits;
};
constexpr InverseScale kInverse{40, 19, 16}, kFineInverse{42, 20, 17};
constexpr int kInverseKeptBits = 18;  // of 1/m, lifted

SizeRange reciprocal_range(ReciprocalDomain domain, int fraction_bits) {
  switch (domain) {
    case ReciprocalDomain::both_signs: return {std::max(0, fraction_bits - 8), 8, true};
    case ReciprocalDomain::positive: return {std::max(0, fraction_bits - 8), 8, false};
    case ReciprocalDomain::denominators: break;
  }
  return {std::max(0, fraction_bits - 2), 4, false};
}

LongReciprocal reciprocal_in(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range, const InverseScale& scale) {
  const auto at = party.scope("reciprocal");
  party.scopes().fact(x.sizes());
  const auto normal = normalise(party, x, range, true);
  const auto z = mantissa_series(party, normal, series_tables::mantissa_reciprocal, scale.scale_bits, scale.factor_bits, scale.width);
  const auto Z = mask_narrow(party, z, scale.width, "reciprocal");
  const PendingTruncation inverse(party, Z, scale.scale_bits + scale.factor_bits - kInverseKeptBits);
  const AffineProduct product(party, inverse.masked(), normal.factor);
  open(party, {Z});
  inverse.result(party);
  return {product.combine(party), kInverseKeptBits + range.low_bit + 1 + normal.largest + 7 - fraction_bits};
}

// Of quotients: the reciprocal's, between the small b that make it large and the large ones that make it small.
int quotient_bits(int precision) { return std::min(32, 50 - precision); }

// 1/x with that many fractional bits, or fewer where the long one has no more.
struct Shortened {
  ArithmeticShared share;
  int fraction_bits = 0;
};
Shortened shortened(Party& party, const MPCTensor& x, ReciprocalDomain domain, double bound, int most_bits) {
  const auto range = within_bound(reciprocal_range(domain, x.fraction_bits()), x.fraction_bits(), bound);
  const auto y = reciprocal_in(party, x.share(), x.fraction_bits(), range, kInverse);
  const int bits = std::min(most_bits, y.fraction_bits - 1);
  return {truncate(party, y.share, y.fraction_bits - bits), bits};
}

}  // namespace

LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, ReciprocalDomain domain, double bound) {
  const auto range = within_bound(reciprocal_range(domain, fraction_bits), fraction_bits, bound);
  return reciprocal_in(party, x, fraction_bits, range, domain == ReciprocalDomain::denominators ? kFineInverse : kInverse);
}

LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range) {
  return reciprocal_in(party, x, fraction_bits, range, kInverse);
}

MPCTensor reciprocal(const MPCTensor& x, ReciprocalDomain domain, double bound) {
  const OperationScope op("reciprocal", {x});
  const int bits = checked_precision(op, "reciprocal");
  check_bound(op, "reciprocal", bound);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  if (x.fraction_bits() > kMostNormalisedBits) x.at_most(kMostNormalisedBits);
  return MPCTensor(x.party(), shortened(op.party(), x, domain, bound, bits).share, bits, true);
}

MPCTensor divide(const MPCTensor& a, const MPCTensor& b, ReciprocalDomain domain, double bound) {
  const OperationScope op("divide", {a, b});
  const auto sizes = broadcast_sizes(a.sizes(), b.sizes(), "divide");
  const int bits = checked_precision(op, "divide");
  check_bound(op, "divide", bound);
  if (a.numel() == 0 || b.numel() == 0) return op.result(op.zeros(sizes), bits);
  if (b.fraction_bits() > kMostNormalisedBits) bring_back({b}, kMostNormalisedBits);
  Shortened inverse;
  Party& party = op.party();
  party.together({[&] { inverse = shortened(party, b, domain, bound, quotient_bits(bits)); },
                  [&] {
                    a.at_most(bits);
                    open(party, {mask(party, a.share())});
                  }});
  const auto quotient = multiply(party, a.share(), inverse.share);
  return MPCTensor(a.party(), truncate(party, quotient, a.fraction_bits() + inverse.fraction_bits - bits), bits, true);
}

MPCTensor divide(const Plain& a, const MPCTensor& b, ReciprocalDomain domain, double bound) {
  const OperationScope op("divide", {b});
  op.fact(a.sizes());
  const auto sizes = broadcast_sizes(a.sizes(), b.sizes(), "divide");
  const int bits = checked_precision(op, "divide");
  check_bound(op, "divide", bound);
  if (a.tensor().numel() == 0 || b.numel() == 0) return op.result(op.zeros(sizes), bits);
  if (a.is_number() && a.tensor().item<double>() == 1) return reciprocal(b, domain, bound);
  if (b.fraction_bits() > kMostNormalisedBits) b.at_most(kMostNormalisedBits);
  Party& party = op.party();
  const auto inverse = shortened(party, b, domain, bound, quotient_bits(bits));
  const int digits = std::max(bits, 16);
  const auto factor = a.factor(digits, digits, b.device());
  const auto quotient = ArithmeticShared(inverse.share.share() * factor.words);
  return MPCTensor(b.party(), truncate(party, quotient, inverse.fraction_bits + factor.fraction_bits - bits), bits, true);
}

}  // namespace crypten
