#include "mpc/protocol/select.h"

#include <ATen/ExpandUtils.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"

namespace crypten {
namespace {

// A public word for each element, in the shape of the tensor: `set` where b̂ is 1, else `clear`.
RingTensor chosen(const MaskedBits& bit, int64_t set, int64_t clear) {
  return RingTensor(chosen_constants(bit.value, bit.sizes, set, clear));
}

// The bit, or 1 − it, as an affine expression in its mask: b̂ + (1 − 2b̂)·σ.
MaskedPtr masked_bit(const MaskedBits& bit, LazyWords share, int width, bool complement) {
  auto masked = std::make_shared<Masked>();
  masked->value = complement ? chosen(bit, 0, 1) : chosen(bit, 1, 0);
  masked->device = masked->value.device();
  masked->terms.push_back({bit.term(), std::move(share), complement ? chosen(bit, 1, -1) : chosen(bit, -1, 1), width});
  return masked;
}

at::Tensor word(int64_t value, at::Device device) {
  return device.is_cpu() ? linear_of(zero_words({}), 0, value) : at::scalar_tensor(value, at::TensorOptions().dtype(at::kLong).device(device));
}

MaskedPtr add_half(const Party& party, const MaskedPtr& x, int shift) {
  if (shift < 1 || shift > party.ring().bits - 2)
    throw InvalidArgument(mpc_code::invalid_argument, "shift out of range", "truncate",
                          "expected 1 … " + std::to_string(party.ring().bits - 2) + ", got " + std::to_string(shift), "truncate by the fractional bits that are too many");
  return add_public(x, RingTensor(at::full({}, int64_t{1} << (shift - 1), at::TensorOptions().dtype(at::kLong).device(x->device))));
}

// What a dithered truncation of x is above the exact one, as a term for it: −borrow = −b̂ − (1 − 2b̂)·ρ. The opening's value is added once it is known.
Term borrow_term(const TermRef& borrow, int bits) { return {.ref = borrow, .width = bits}; }
void subtract_borrow(Masked& truncated, const MaskedBits& borrow, LazyWords share) {
  truncated.value = truncated.value - chosen(borrow, 1, 0);
  truncated.terms.back().share = std::move(share);
  truncated.terms.back().coefficient = chosen(borrow, 1, -1);
}

}  // namespace

Selection::Selection(Party& party, TermRef bit, std::vector<MaskedPtr> values) : bit_(std::move(bit)), values_(std::move(values)) {
  const int bits = party.ring().bits;
  const auto device = values_.front()->device;
  bit_share_ = std::make_shared<Dealt>(party.provider().request(ShareRequest{{{bit_, bits}}}, device));
  ProductRequest request{Bilinear::elementwise(), {}};
  for (const auto& value : values_) {
    first_product_.push_back(request.pairs.size());
    for (const auto& term : with_masks_merged(*value)) request.pairs.push_back({bit_, term.ref, term.width});
  }
  if (!request.pairs.empty()) products_ = std::make_shared<Dealt>(party.provider().request(std::move(request), device));
}

LazyWords Selection::bit_share() const { return bit_share_->words(); }

ArithmeticShared Selection::combine(Party& party, const MaskedBits& bit, size_t i, const ArithmeticShared& share, bool inverted) const {
  const auto& value = values_[i];
  if (!settle(value) || !bit.value.defined())
    throw InvalidArgument(mpc_code::not_open, "an operand is not open yet", "select", "the bit or the value is not known", "finish the comparison and open the value first");
  const auto sigma = bit_share();
  // Own share of x·σ, and of x where it is subtracted from it.
  const auto terms = with_masks_merged(*value);
  std::vector<SharedTerm> product{{sigma, value->value.words()}};
  auto sizes = at::infer_size(value->value.sizes(), sigma.sizes());
  for (size_t t = 0; t < terms.size(); ++t) {
    const auto& coefficient = terms[t].coefficient;
    product.push_back({products_->words(first_product_[i] + t), coefficient.defined() ? coefficient.words() : at::Tensor()});
    sizes = at::infer_size(sizes, product.back().share.sizes());
  }
  RingTensor result(difference_or_sum(bit.value, inverted, share.share().words(), product, sizes));
  if (!terms.empty()) return ArithmeticShared(std::move(result));
  // bit · public: value·b̂ + value·(1 − 2b̂)·σ.
  auto masked = masked_bit(bit, sigma, party.ring().bits, inverted);
  masked->value = masked->value * value->value;
  masked->terms[0].coefficient = masked->terms[0].coefficient * value->value;
  return ArithmeticShared(std::move(result), std::move(masked));
}

RingTensor times_bit(Party& party, const MaskedBits& bit, const LazyWords& mask_share, int64_t factor) {
  // b̂ + (1 − 2b̂)·σ.
  const auto device = bit.value.device();
  const std::array terms{SharedTerm{mask_share, word(factor, device)}};
  return RingTensor(difference_or_sum(bit.value, false, word(party.rank() == 0 ? factor : 0, device), terms, mask_share.sizes()));
}

ArithmeticShared select(Party& party, const MaskedBits& bit, const ArithmeticShared& x) {
  const auto at = party.scope("select");
  party.scopes().fact(x.sizes());
  const auto X = mask(party, x);
  const Selection selection(party, bit.term(), {X});
  open(party, {X});
  return selection.combine(party, bit, 0, x);
}

PendingBit::PendingBit(Party& party, const TermRef& bit, at::Device device) : mask_share_(party.provider().request(ShareRequest{{{bit, party.ring().bits}}}, device)) {}

ArithmeticShared PendingBit::combine(Party& party, const MaskedBits& bit, bool complement) const {
  const auto mask_share = mask_share_.words();
  const std::array terms{SharedTerm{mask_share, {}}};
  RingTensor share(difference_or_sum(bit.value, complement, word(party.rank() == 0 ? 1 : 0, bit.value.device()), terms, bit.sizes));
  return ArithmeticShared(std::move(share), masked_bit(bit, mask_share, party.ring().bits, complement));
}

ArithmeticShared bit_to_ring(Party& party, const MaskedBits& bit) {
  const auto at = party.scope("bit to ring");
  party.check_open("bit_to_ring");
  return PendingBit(party, bit.term(), bit.value.device()).combine(party, bit);
}

ArithmeticShared relu(Party& party, const ArithmeticShared& x, int top) {
  const auto at = party.scope("relu");
  party.scopes().fact(x.sizes());
  const auto X = mask_to_compare(party, x);
  Comparison negative(party, X, Comparison::Kind::negative, 0, {.top = top});
  const Selection selection(party, negative.term(), {X});
  const auto bit = negative.finish(party);
  return selection.combine(party, bit, 0, x, true);
}

ArithmeticShared truncate_relu(Party& party, const ArithmeticShared& x, int shift, bool exact, int top) {
  const auto at = party.scope(exact ? "truncate exactly and relu" : "truncate and relu");
  party.scopes().fact(std::to_string(shift));
  party.scopes().fact(x.sizes());
  const auto opening = mask_to_compare(party, x);
  const auto X = exact ? add_half(party, opening, shift) : opening;
  const PendingTruncation truncation(party, X, shift);
  const int bits = party.ring().bits;
  // Without `exact` the bits that are cut off need not be compared: what remains of Y and r is the quotient, so it is the quotient's sign that is found.
  Comparison negative(party, X, Comparison::Kind::negative, exact ? shift : 0, {.top = top, .first = exact ? 0 : shift});
  std::optional<Dealt> borrow_share;
  if (exact) {
    truncation.masked()->terms.push_back(borrow_term(negative.low_term(), bits));
    borrow_share = party.provider().request(ShareRequest{{{negative.low_term(), bits}}}, X->device);
  }
  const Selection selection(party, negative.term(), {truncation.masked()});
  const auto bit = negative.finish(party);
  const auto quotient = truncation.result(party);
  if (exact) subtract_borrow(*quotient, negative.low(), borrow_share->ring());
  return selection.combine(party, bit, 0, share_of(party, quotient), true);
}

ArithmeticShared truncate_exact(Party& party, const ArithmeticShared& x, int shift) {
  const auto at = party.scope("truncate exactly");
  party.scopes().fact(std::to_string(shift));
  party.scopes().fact(x.sizes());
  const auto X = add_half(party, mask_to_compare(party, x), shift);
  const PendingTruncation truncation(party, X, shift);
  Comparison borrow(party, X, Comparison::Kind::borrow, shift);
  const int bits = party.ring().bits;
  const auto borrow_share = party.provider().request(ShareRequest{{{borrow.term(), bits}}}, X->device);
  const auto bit = borrow.finish(party);
  const auto quotient = truncation.result(party);
  quotient->terms.push_back(borrow_term(bit.term(), bits));
  subtract_borrow(*quotient, bit, borrow_share.ring());
  return share_of(party, quotient);
}

ArithmeticShared maximum(Party& party, const ArithmeticShared& a, const ArithmeticShared& b, int top) {
  const auto at = party.scope("maximum");
  return b + relu(party, a - b, top);
}

}  // namespace crypten
