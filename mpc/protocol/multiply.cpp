#include "mpc/protocol/multiply.h"

#include <algorithm>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

RingTensor times(const RingTensor& coefficient, const RingTensor& share) { return coefficient.defined() ? coefficient * share : share; }

// Own share of Σ coefficient · term, plus `value` on rank 0.
RingTensor masks_of(const std::vector<Term>& terms, const RingTensor& value) {
  RingTensor sum = value;
  for (const auto& term : terms) sum = sum.defined() ? sum + times(term.coefficient, term.share) : times(term.coefficient, term.share);
  return sum;
}

// The request's name for the one mask of a whole operand.
Term whole_mask(const MaskedPtr& x) {
  auto merged = with_masks_merged(*x);
  auto& mask = merged.front();
  const auto sizes = x->sizes();
  mask.ref.masks = x->mask();
  mask.share = RingTensor(mask.share.words().expand(sizes));
  mask.ref.sizes = sizes;
  return std::move(mask);
}

void name_operands(Party& party, const ArithmeticShared& x, const ArithmeticShared& y) {
  party.scopes().fact(x.sizes());
  party.scopes().fact(y.sizes());
}

}  // namespace

ArithmeticShared multiply(Party& party, const ArithmeticShared& x, const ArithmeticShared& y) {
  const auto at = party.scope("multiply");
  name_operands(party, x, y);
  Bilinear::elementwise().output_sizes(x.sizes(), y.sizes());
  const auto X = mask(party, x), Y = mask(party, y);
  const AffineProduct product(party, X, Y);
  open(party, {X, Y});
  return product.combine(party);
}

ArithmeticShared square(Party& party, const ArithmeticShared& x) {
  const auto at = party.scope("square");
  party.scopes().fact(x.sizes());
  const auto X = mask(party, x);
  const AffineProduct product(party, X, X);
  open(party, {X});
  return product.combine(party);
}

ArithmeticShared bilinear(Party& party, const Bilinear& op, const ArithmeticShared& x, const ArithmeticShared& y) {
  if (op.kind() == Bilinear::Kind::elementwise) return multiply(party, x, y);
  const auto at = party.scope(op.name());
  name_operands(party, x, y);
  op.output_sizes(x.sizes(), y.sizes());
  const auto X = mask_plain(party, x), Y = mask_plain(party, y);
  if (X->terms.empty() || Y->terms.empty()) {  // a public operand
    open(party, {X, Y});
    const auto& own = X->terms.empty() ? op(X->value, y.share()) : op(x.share(), Y->value);
    return ArithmeticShared(own);
  }
  const auto mask_x = whole_mask(X), mask_y = whole_mask(Y);
  const auto product = party.provider().request(ProductRequest{op, {{mask_x.ref, mask_y.ref, party.ring().bits}}}, X->device);
  open(party, {X, Y});
  // X·[λ_y] + [λ_x]·Y + [λ_x·λ_y], to which rank 0 adds X·Y: two products all the same, of which one has a sum for an operand, of the smaller two (a weight is read, not written).
  RingTensor own_x(mask_x.share), own_y(mask_y.share);
  if (party.rank() == 0) (X->value.numel() < Y->value.numel() ? own_x = X->value + own_x : own_y = Y->value + own_y);
  const auto own = op(X->value, own_y) + op(own_x, Y->value);  // while the dealer's share may still be on its way
  return ArithmeticShared(own + product.ring());
}

ArithmeticShared matmul(Party& party, const ArithmeticShared& x, const ArithmeticShared& y) { return bilinear(party, Bilinear::matmul(), x, y); }

ArithmeticShared conv2d(Party& party, const ArithmeticShared& x, const ArithmeticShared& weight, const Conv2dOptions& options) {
  return bilinear(party, Bilinear::conv2d(options), x, weight);
}

AffineProduct::AffineProduct(Party& party, MaskedPtr x, MaskedPtr y) : x_(std::move(x)), y_(std::move(y)) {
  const auto terms_x = with_masks_merged(*x_), terms_y = with_masks_merged(*y_);
  const int bits = party.ring().bits;
  ProductRequest request{Bilinear::elementwise(), {}};
  for (size_t i = 0; i < terms_x.size(); ++i) {
    for (size_t j = x_ == y_ ? i : 0; j < terms_y.size(); ++j) {
      // Coefficients are multiples of 2^(bits − width): so is their product, of 2^(2·bits − both widths).
      const int width = std::min(terms_x[i].width, bits) + std::min(terms_y[j].width, bits) - bits;
      if (width <= 0) continue;
      pairs_.emplace_back(i, j);
      request.pairs.push_back({terms_x[i].ref, terms_y[j].ref, width});
    }
  }
  if (!pairs_.empty()) dealt_ = std::make_shared<Dealt>(party.provider().request(std::move(request), x_->device));
}

ArithmeticShared AffineProduct::combine(Party& party) const {
  if (!settle(x_) || !settle(y_))
    throw InvalidArgument(mpc_code::not_open, "an operand is not open yet", "AffineProduct", "its value is not known", "open both operands before combining");
  const auto terms_x = with_masks_merged(*x_), terms_y = with_masks_merged(*y_);
  const auto& X = x_->value;
  const auto& Y = y_->value;
  const auto plain = [](const std::vector<Term>& terms) { return terms.size() == 1 && !terms[0].coefficient.defined(); };
  if (pairs_.size() == 1 && plain(terms_x) && plain(terms_y))  // the usual case, in one pass over memory
    return ArithmeticShared(RingTensor(operators::multiply_combine(X.words(), Y.words(), terms_x[0].share, terms_y[0].share, dealt_->words(), party.rank() == 0)));
  // X·(Y + [Λ_y]) + Y·[Λ_x] + Σ c·d·[t·s], where Y inside the bracket is added by rank 0 alone.
  RingTensor sum;
  const auto add = [&sum](const RingTensor& part) { sum = sum.defined() ? sum + part : part; };
  if (const auto own_y = masks_of(terms_y, party.rank() == 0 ? Y : RingTensor()); own_y.defined()) add(X * own_y);
  if (const auto own_x = masks_of(terms_x, {}); own_x.defined()) add(Y * own_x);
  for (size_t k = 0; k < pairs_.size(); ++k) {
    const auto [i, j] = pairs_[k];
    const auto share = times(terms_x[i].coefficient, times(terms_y[j].coefficient, dealt_->ring(k)));
    add(x_ == y_ && i != j ? share * 2 : share);
  }
  const auto sizes = Bilinear::elementwise().output_sizes(X.sizes(), Y.sizes());
  if (!sum.defined()) sum = RingTensor::zeros(sizes, X.device());
  return ArithmeticShared(RingTensor(sum.words().expand(sizes)));
}

}  // namespace crypten
