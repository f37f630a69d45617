#include "mpc/protocol/compare.h"

#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/merge_tree.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

const char* verb(Comparison::Kind kind) {
  switch (kind) {
    case Comparison::Kind::negative: return "compare";
    case Comparison::Kind::zero: return "compare with zero";
    case Comparison::Kind::borrow: break;
  }
  return "borrow";
}

void check(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "compare", why, todo);
}

CompareRequest request_of(Party& party, const MaskedPtr& x, Comparison::Kind kind, int low_bits, ComparedBits range) {
  const bool whole = range.top == 0;
  const int bits = whole ? party.ring().bits : range.top + 1;
  check(x->constant_coefficients() && !x->terms.empty(), "this form of a value cannot be compared", "it is public, or has public coefficients", "use mask_to_compare()");
  const bool needed = kind == Comparison::Kind::borrow;
  check(low_bits == 0 ? !needed : kind != Comparison::Kind::zero && low_bits > 0 && low_bits < bits, "low_bits out of range",
        "expected 1 … " + std::to_string(bits - 1) + ", got " + std::to_string(low_bits), "give the number of bits that are cut off");
  check(range.top >= 0 && range.top < party.ring().bits && (whole || !needed), "top out of range", std::to_string(range.top), "name a bit of the ring, or none, and none for a borrow");
  check(range.first == 0 || (kind == Comparison::Kind::negative && low_bits == 0 && range.first > 0 && range.first < bits - 1), "first out of range", std::to_string(range.first),
        "leave at least one bit to compare, of a comparison for less without a borrow");
  CompareRequest request;
  request.kind = kind == Comparison::Kind::zero ? CompareRequest::Kind::equal : CompareRequest::Kind::less;
  request.masks = x->mask();
  request.compared_bits = kind == Comparison::Kind::zero ? (whole ? bits : range.top) : kind == Comparison::Kind::negative ? bits - 1 - range.first : low_bits;
  request.first_bit = range.first;
  request.low_bits = kind == Comparison::Kind::negative ? low_bits : 0;
  return request;
}

}  // namespace

struct Comparison::State {
  Kind kind;
  MaskedPtr x;
  CompareRequest request;
  const ComparisonPlan* plan = nullptr;
  at::Tensor mask_share;
  std::optional<Dealt> dealt;
  MaskedBits result, low;

  // The opened bit, its mask plane and what else masks it; the value is known after finish().
  MaskedBits bit(int index, MaskExpression top_bit_of, int top_bit = 0) const {
    MaskedBits bits;
    bits.mask = request.bits;
    bits.mask.plane = index;
    bits.top_bit_of = std::move(top_bit_of), bits.top_bit = top_bit;
    bits.sizes = x->sizes();
    return bits;
  }
};

Comparison::Comparison(Party& party, MaskedPtr x, Kind kind, int low_bits, ComparedBits range) : state_(std::make_shared<State>()) {
  auto& s = *state_;
  s.kind = kind;
  s.request = request_of(party, x, kind, low_bits, range);
  s.plan = &comparison_plan(s.request, party.ring());
  s.x = std::move(x);
  int64_t count = 1;
  for (const int64_t size : s.x->sizes()) count *= size;
  auto mask = party.rng().take_bits(count, s.plan->opened_bits, at::kCPU);
  s.request.bits = mask.ref;
  s.mask_share = std::move(mask.share);
  s.dealt = party.provider().request(s.request);
  s.result = s.bit(s.plan->result, kind == Kind::negative ? s.request.masks : MaskExpression{}, range.top);
  if (s.plan->low_result >= 0) s.low = s.bit(s.plan->low_result, {});
}

TermRef Comparison::term() const { return state_->result.term(); }

TermRef Comparison::low_term() const {
  check(state_->plan->low_result >= 0, "this comparison has no borrow", "it was made without low_bits", "give low_bits");
  return state_->low.term();
}

const MaskedBits& Comparison::low() const {
  check(state_->low.value.defined(), "this comparison has no borrow", "it was made without low_bits, or is not finished", "give low_bits, and finish() first");
  return state_->low;
}

MaskedBits Comparison::finish(Party& party) {
  auto& s = *state_;
  if (s.result.value.defined()) return s.result;
  open(party, {s.x});
  const bool top_needed = s.kind == Kind::negative;
  const auto Y = s.x->value.words().expand(s.x->sizes()).contiguous();
  const auto digits = slice_bits(Y, s.request.first_bit, s.request.compared_bits + (top_needed ? 1 : 0));
  MergeTree tree(*s.plan, digits, s.dealt->bits(0), s.dealt->bits(1), s.mask_share, party.rank() == 0);
  while (!tree.finished()) {
    const auto& level = s.plan->levels[static_cast<size_t>(tree.level())];
    tree.opened(open_bits(party, tree.next(), s.request.bits.count, tree.masks().narrow(1, level.first_opened, level.opened), verb(s.kind)));
  }
  if (s.plan->low_result >= 0) s.low.value = tree.opened_plane(s.plan->low_result).contiguous();
  const auto bit = tree.opened_plane(s.plan->result);
  s.result.value = top_needed ? at::bitwise_xor(bit, digits.narrow(1, s.request.compared_bits, 1)) : bit.contiguous();
  s.dealt.reset(), s.mask_share.reset(), s.x.reset();
  return s.result;
}

MaskedPtr mask_to_compare(Party& party, const ArithmeticShared& x) {
  auto known = mask_plain(party, x);
  if (!known->terms.empty()) return known;
  return mask_plain(party, ArithmeticShared(x.share()));  // public: any opening hides it
}

MaskedBits is_negative(Party& party, const ArithmeticShared& x) {
  const auto at = party.scope("compare");
  party.scopes().fact(x.sizes());
  return Comparison(party, mask_to_compare(party, x), Comparison::Kind::negative).finish(party);
}

MaskedBits is_zero(Party& party, const ArithmeticShared& x) {
  const auto at = party.scope("compare with zero");
  party.scopes().fact(x.sizes());
  return Comparison(party, mask_to_compare(party, x), Comparison::Kind::zero).finish(party);
}

}  // namespace crypten
