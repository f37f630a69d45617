#include "mpc/protocol/compare.h"

#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_tensor.h"
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
  Outcome outcome;
  at::Tensor mask_share;
  std::optional<Dealt> dealt, dealt_top;  // dealt_top: that bit of −λ, of a Kind::negative that stays shared
  MaskedBits result, low;

  std::optional<BitShared> shared;

  // Opens x: the planes of Y that are compared, and above them the top bit of a Kind::negative.
  at::Tensor open_digits(Party& party) const {
    open(party, {x});
    const auto Y = dense_words(expanded_words(x->value.words(), x->sizes()));
    return slice_bits(Y, request.first_bit, request.compared_bits + (kind == Kind::negative ? 1 : 0));
  }
  at::Tensor top_of(const at::Tensor& digits) const { return narrow_words(digits, 1, request.compared_bits, 1); }

  MergeTree tree(const Party& party, const at::Tensor& digits) const { return {*plan, digits, dealt->bits(0), dealt->bits(1), mask_share, party.rank() == 0}; }
  void run(Party& party, MergeTree& tree, int rounds) const {
    while (tree.level() < rounds) {
      const auto& level = plan->levels[static_cast<size_t>(tree.level())];
      tree.opened(open_bits(party, tree.next(), request.bits.count, narrow_words(tree.masks(), 1, level.first_opened, level.opened), verb(kind)));
    }
  }
  void release() { dealt.reset(), dealt_top.reset(), mask_share.reset(), x.reset(); }

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

Comparison::Comparison(Party& party, MaskedPtr x, Kind kind, int low_bits, ComparedBits range, Outcome outcome) : state_(std::make_shared<State>()) {
  auto& s = *state_;
  const bool shared = outcome == Outcome::shared;
  check(!shared || low_bits == 0, "a shared outcome has no borrow", "low_bits is " + std::to_string(low_bits), "leave out low_bits, or take the outcome masked");
  s.kind = kind;
  s.outcome = outcome;
  s.request = request_of(party, x, kind, low_bits, range);
  s.plan = &comparison_plan(s.request, party.ring());
  s.x = std::move(x);
  int64_t count = 1;
  for (const int64_t size : s.x->sizes()) count *= size;
  auto mask = party.rng().take_bits(count, s.plan->opened_bits, s.x->device);
  s.request.bits = mask.ref;
  s.mask_share = std::move(mask.share);
  s.dealt = party.provider().request(s.request, s.x->device);
  if (shared && kind == Kind::negative) {
    const TermRef top{.kind = TermRef::Kind::top_bit, .ring_bits = range.top == 0 ? 0 : range.top + 1, .masks = s.request.masks, .sizes = s.x->sizes()};
    s.dealt_top = party.provider().request(ShareRequest{{{top, 1}}}, s.x->device);  // additive shares modulo 2 are XOR shares
  }
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
  check(s.outcome == Outcome::masked, "this comparison ends in shares", "it was made for Outcome::shared", "call share()");
  if (s.result.value.defined()) return s.result;
  const auto digits = s.open_digits(party);
  auto tree = s.tree(party, digits);
  s.run(party, tree, s.plan->rounds());
  if (s.plan->low_result >= 0) s.low.value = dense_words(tree.opened_plane(s.plan->low_result));
  const auto bit = tree.opened_plane(s.plan->result);
  s.result.value = s.kind == Kind::negative ? exclusive_or_of(bit, s.top_of(digits)) : dense_words(bit);
  s.release();
  return s.result;
}

BitShared Comparison::share(Party& party) {
  auto& s = *state_;
  check(s.outcome == Outcome::shared, "this comparison ends in a masked bit", "it was made for Outcome::masked", "call finish()");
  if (s.shared) return *s.shared;
  const auto digits = s.open_digits(party);
  auto tree = s.tree(party, digits);
  s.run(party, tree, s.plan->rounds() - 1);
  auto bit = narrow_words(tree.next(), 1, s.plan->result - s.plan->levels.back().first_opened, 1);
  if (s.dealt_top) {
    bit = exclusive_or_of(bit, slice_bits(s.dealt_top->ring().words(), 0, 1));
    if (party.rank() == 0) bit = exclusive_or_of(bit, s.top_of(digits));
  }
  s.shared = BitShared(dense_words(bit), s.x->sizes());
  s.release();
  return *s.shared;
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
