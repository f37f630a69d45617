#include "mpc/tensor/logic.h"

#include <algorithm>
#include <cmath>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/decision.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

const char* name(Order order) {
  constexpr const char* names[] = {"lt", "le", "gt", "ge", "eq", "ne"};
  return names[static_cast<size_t>(order)];
}

// a < b is the sign of a − b; a ≥ b its complement, a > b the sign of b − a.
MPCTensor outcome(const OperationScope& op, Order order, const ArithmeticShared& difference, int top) {
  const bool swapped = order == Order::greater || order == Order::less_equal;
  const bool complement = order == Order::greater_equal || order == Order::less_equal || order == Order::not_equal;
  const bool zero = order == Order::equal || order == Order::not_equal;
  return op.decision(decide(op.party(), swapped ? -difference : difference, zero ? Comparison::Kind::zero : Comparison::Kind::negative, complement, {.top = top}));
}

// relu of x, whose truncation (if pending) is fused.
ArithmeticShared rectified(Party& party, const ArithmeticShared& x, int shift, int top) {
  if (shift <= 0) return relu(party, x, top);
  return truncate_relu(party, x, shift, party.config().truncation == Truncation::exact, top);
}

}  // namespace

MPCTensor compare(const MPCTensor& a, Order order, const MPCTensor& b, double bound) {
  const OperationScope op(name(order), {a, b});
  check_bound(op, name(order), bound);
  broadcast_sizes(a.sizes(), b.sizes(), name(order));
  const auto [shares, bits] = align({a, b});
  return outcome(op, order, shares[0] - shares[1], top_within(2 * bound, bits, op.precision_bits()));
}

MPCTensor compare(const MPCTensor& a, Order order, const Plain& b, double bound) {
  const OperationScope op(name(order), {a});
  check_bound(op, name(order), bound);
  op.fact(b.sizes());
  broadcast_sizes(a.sizes(), b.sizes(), name(order));
  const auto [share, plain, bits] = align(a, b);
  return outcome(op, order, share - op.party().public_share(plain), top_within(2 * bound, bits, op.precision_bits()));
}

MPCTensor relu(const MPCTensor& x, double bound) {
  const OperationScope op("relu", {x});
  check_bound(op, "relu", bound);
  const int shift = x.fraction_bits() - op.precision_bits();
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), std::min(x.fraction_bits(), op.precision_bits()));
  auto positive = rectified(op.party(), x.share(), shift, top_within(bound, x.fraction_bits(), op.precision_bits()));
  return shift > 0 ? op.truncated(std::move(positive), op.precision_bits()) : op.result(std::move(positive), x.fraction_bits());
}

MPCTensor hardtanh(const MPCTensor& x, double low, double high, double bound) {
  const OperationScope op("hardtanh", {x});
  check_bound(op, "hardtanh", bound);
  op.fact(std::to_string(low) + " " + std::to_string(high));
  if (!(low <= high)) {
    throw InvalidArgument(tensor_code::bounds, "hardtanh: the bounds are not in order", "hardtanh", "low " + std::to_string(low) + ", high " + std::to_string(high), "pass low ≤ high");
  }
  // low + relu(x − low) − relu(x − high). The bounds lie on the grid of the result: so both rectifiers round alike, and a saturated element is a bound exactly.
  const int grid = std::max(std::min(x.fraction_bits(), op.precision_bits()), std::max(Plain(low).addend_bits(op.precision_bits()), Plain(high).addend_bits(op.precision_bits())));
  const int bits = std::max(x.fraction_bits(), grid), shift = bits - grid;
  Party& party = op.party();
  const int top = top_within(bound + std::max(std::abs(low), std::abs(high)), bits, grid);
  const auto limit = [&](double value, int at) { return party.public_share(Plain(value).encoded(grid, x.device()) * (int64_t{1} << (at - grid))); };
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), grid);
  const auto wide = x.widened(bits);
  open(party, {mask_to_compare(party, wide)});
  ArithmeticShared above_low, above_high;
  party.together({[&] { above_low = rectified(party, wide - limit(low, bits), shift, top); }, [&] { above_high = rectified(party, wide - limit(high, bits), shift, top); }});
  auto clamped = limit(low, grid) + above_low - above_high;
  return shift > 0 ? op.truncated(std::move(clamped), grid) : op.result(std::move(clamped), grid);
}

MPCTensor abs(const MPCTensor& x, double bound) {
  const OperationScope op("abs", {x});
  check_bound(op, "abs", bound);
  if (x.numel() == 0) return x;
  Party& party = op.party();
  const ArithmeticShared share = x.share();  // NOLINT(performance-unnecessary-copy-initialization): another lane may truncate x meanwhile
  const auto opening = mask_to_compare(party, share);
  Comparison negative(party, opening, Comparison::Kind::negative, 0, {.top = top_within(bound, x.fraction_bits(), op.precision_bits())});
  const Selection negative_part(party, negative.term(), {opening});
  const auto bit = negative.finish(party);
  return op.result(share - negative_part.combine(party, bit, 0, share) * 2, x.fraction_bits());
}

MPCTensor sign(const MPCTensor& x, double bound) {
  const OperationScope op("sign", {x});
  check_bound(op, "sign", bound);
  if (x.numel() == 0) return op.decision(op.zeros(x.sizes()));
  Party& party = op.party();
  open(party, {mask_to_compare(party, x.share())});
  const ComparedBits range{.top = top_within(bound, x.fraction_bits(), op.precision_bits())};
  ArithmeticShared negative, zero;
  party.together({[&] { negative = decide(party, x.share(), Comparison::Kind::negative, false, range); }, [&] { zero = decide(party, x.share(), Comparison::Kind::zero, false, range); }});
  const auto one = party.public_share(RingTensor(at::ones({}, at::TensorOptions().dtype(at::kLong).device(x.device()))));
  return op.decision(one - negative * 2 - zero);
}

MPCTensor where(const MPCTensor& condition, const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("where", {condition, a, b});
  broadcast_sizes(condition.sizes(), broadcast_sizes(a.sizes(), b.sizes(), "where"), "where");
  return add(multiply(condition, subtract(a, b)), b);
}

}  // namespace crypten
