#include "mpc/tensor/arithmetic.h"

#include <bit>
#include <cmath>

#include "crypten_core/aten.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/product.h"
#include "mpc/tensor/scale.h"

namespace crypten {

MPCTensor add(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("add", {a, b});
  broadcast_sizes(a.sizes(), b.sizes(), "add");
  const auto [shares, bits] = align({a, b});
  return op.result(shares[0] + shares[1], bits);
}

MPCTensor subtract(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("subtract", {a, b});
  broadcast_sizes(a.sizes(), b.sizes(), "subtract");
  const auto [shares, bits] = align({a, b});
  return op.result(shares[0] - shares[1], bits);
}

MPCTensor negate(const MPCTensor& x) {
  const OperationScope op("negate", {x});
  return op.result(-x.share(), x.fraction_bits());
}

MPCTensor add(const MPCTensor& x, const Plain& y) {
  const OperationScope op("add", {x});
  op.fact(y.sizes());
  broadcast_sizes(x.sizes(), y.sizes(), "add");
  const auto [share, plain, bits] = align(x, y);
  return op.result(share + op.party().public_share(plain), bits);
}

MPCTensor subtract(const MPCTensor& x, const Plain& y) { return add(x, -y); }

MPCTensor multiply(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("multiply", {a, b});
  broadcast_sizes(a.sizes(), b.sizes(), "multiply");
  return a.same_handle(b) ? square(a) : product(op, Bilinear::elementwise(), a, b);
}

MPCTensor square(const MPCTensor& x) {
  const OperationScope op("square", {x});
  return square_product(op, x);
}

MPCTensor multiply(const MPCTensor& x, const Plain& y) {
  const OperationScope op("multiply", {x});
  op.fact(y.sizes());
  broadcast_sizes(x.sizes(), y.sizes(), "multiply");
  return product(op, Bilinear::elementwise(), x, y, PlainSide::right);
}

MPCTensor divide(const MPCTensor& x, const Plain& y) {
  const OperationScope op("divide", {x});
  op.fact(y.sizes());
  broadcast_sizes(x.sizes(), y.sizes(), "divide");
  return product(op, Bilinear::elementwise(), x, y.reciprocal(), PlainSide::right);
}

MPCTensor divide_by_count(const MPCTensor& x, int64_t count) {
  const OperationScope op("divide_by_count", {x});
  op.fact(std::to_string(count));
  const int log2 = static_cast<int>(std::bit_width(static_cast<uint64_t>(count))) - 1;
  const int precision = op.precision_bits();
  const bool power_of_two = std::has_single_bit(static_cast<uint64_t>(count));
  if (!power_of_two || x.fraction_bits() + log2 > 62) x.at_most(precision);
  // 1 / count = 2^-log2 · factor, ½ < factor ≤ 1: the first part only moves the point.
  auto moved = op.result(x.share(), x.fraction_bits() + log2);
  if (power_of_two) return moved;
  if (3 * log2 > 62 - 2 * precision) moved.at_most(precision);
  return product(op, Bilinear::elementwise(), moved, Plain(std::ldexp(1.0, log2) / static_cast<double>(count)), PlainSide::right, Room::known);
}

}  // namespace crypten
