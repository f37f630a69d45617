#include "mpc/function/reciprocal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "mpc/function/mantissa.h"
#include "mpc/function/precision.h"
#include "mpc/function/series_tables.h"
#include "mpc/protocol/ahead.h"
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
constexpr int kFactorMargin = 7;  // N is 2^(largest + 7 − e)

SizeRange reciprocal_range(ReciprocalDomain domain, int fraction_bits) {
  switch (domain) {
    case ReciprocalDomain::both_signs: return {std::max(0, fraction_bits - 8), 8, true};
    case ReciprocalDomain::positive: return {std::max(0, fraction_bits - 8), 8, false};
    case ReciprocalDomain::denominators: break;
  }
  return {std::max(0, fraction_bits - 2), 4, false};
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
  PendingReciprocal inverse(party, x.share(), x.fraction_bits(), range, false);
  const int bits = std::min(most_bits, inverse.fraction_bits() - 1);
  Ahead<TruncationAhead> rounded(party, x.numel(), [shift = inverse.fraction_bits() - bits, sizes = x.sizes().vec(), device = x.device()](Party& asking) {
    return TruncationAhead(asking, sizes, device, shift);
  });
  const auto share = inverse.finish(party);
  return {rounded.begin(party).finish(party, share.share()), bits};
}

}  // namespace

struct PendingReciprocal::State {
  // 1/m, lifted, and its product with N.
  struct Inverse {
    TruncationAhead lifted;
    AffineProduct product;
  };

  State(Party& party, const ArithmeticShared& x, int x_bits, const SizeRange& range, const InverseScale& scale)
      : normal(party, x, range, true),
        series(party, normal, x.sizes(), series_tables::mantissa_reciprocal, scale.scale_bits, scale.factor_bits, scale.width),
        inverse(party, x.numel(),
                [normal = normal, sizes = x.sizes().vec(), device = x.device(), scale](Party& asking) {
                  TruncationAhead lifted(asking, sizes, device, scale.scale_bits + scale.factor_bits - kInverseKeptBits, scale.width, "reciprocal");
                  AffineProduct product(asking, lifted.pending().masked(), normal.factor(asking));
                  return Inverse{std::move(lifted), std::move(product)};
                }),
        fraction_bits(kInverseKeptBits + range.low_bit + 1 + normal.largest() + kFactorMargin - x_bits) {}

  Normalisation normal;
  MantissaSeries series;
  Ahead<Inverse> inverse;
  int fraction_bits;
};

PendingReciprocal::PendingReciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, ReciprocalDomain domain, double bound)
    : PendingReciprocal(party, x, fraction_bits, within_bound(reciprocal_range(domain, fraction_bits), fraction_bits, bound), domain == ReciprocalDomain::denominators) {}

PendingReciprocal::PendingReciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range, bool fine) {
  const auto at = party.scope("reciprocal");
  party.scopes().fact(x.sizes());
  state_ = std::make_shared<State>(party, x, fraction_bits, range, fine ? kFineInverse : kInverse);
}

int PendingReciprocal::fraction_bits() const { return state_->fraction_bits; }

ArithmeticShared PendingReciprocal::finish(Party& party) {
  const auto at = party.scope("reciprocal");
  auto& s = *state_;
  s.normal.finish(party);
  const auto z = s.series.finish(party);
  auto& [lifted, product] = s.inverse.begin(party);
  give(lifted.opening(), z);
  open(party, {lifted.opening()});
  lifted.pending().result(party);
  return product.combine(party);
}

LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, ReciprocalDomain domain, double bound) {
  PendingReciprocal inverse(party, x, fraction_bits, domain, bound);
  return {inverse.finish(party), inverse.fraction_bits()};
}

LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range) {
  PendingReciprocal inverse(party, x, fraction_bits, range, false);
  return {inverse.finish(party), inverse.fraction_bits()};
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
  // What the dealer is asked about a, it answers before all that the reciprocal asks ahead.
  party.together({[&] {
                    a.at_most(bits);
                    open(party, {mask(party, a.share())});
                  },
                  [&] { inverse = shortened(party, b, domain, bound, quotient_bits(bits)); }});
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
