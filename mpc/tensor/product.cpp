#include "mpc/tensor/product.h"

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/range_check.h"
#include "mpc/tensor/reshape.h"
#include "mpc/tensor/scale.h"

namespace crypten {

MPCTensor product(const OperationScope& op, const Bilinear& map, const MPCTensor& a, const MPCTensor& b) {
  const auto sizes = map.output_sizes(a.sizes(), b.sizes());
  fit_for_product(a, b);
  const int bits = a.fraction_bits() + b.fraction_bits();
  if (a.numel() == 0 || b.numel() == 0) return op.result(op.zeros(sizes), bits);
  check_product(op.party(), map, a.share(), b.share());
  const bool elementwise = map.kind() == Bilinear::Kind::elementwise;
  return op.result(elementwise ? multiply(op.party(), a.share(), b.share()) : bilinear(op.party(), map, a.share(), b.share()), bits);
}

MPCTensor square_product(const OperationScope& op, const MPCTensor& x) {
  fit_for_product(x, x);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), 2 * x.fraction_bits());
  check_product(op.party(), Bilinear::elementwise(), x.share(), x.share());
  return op.result(square(op.party(), x.share()), 2 * x.fraction_bits());
}

MPCTensor product(const OperationScope& op, const Bilinear& map, const MPCTensor& x, const Plain& y, PlainSide side, Room room) {
  const bool right = side == PlainSide::right;
  const auto sizes = right ? map.output_sizes(x.sizes(), y.sizes()) : map.output_sizes(y.sizes(), x.sizes());
  const int precision = op.precision_bits();
  auto factor = y.factor(precision, 62 - std::min(x.fraction_bits(), 2 * precision), x.device());
  if (room == Room::checked && factor.fraction_bits > 0 && x.fraction_bits() + factor.fraction_bits > 2 * precision) x.at_most(precision);
  const int bits = x.fraction_bits() + factor.fraction_bits;
  if (x.numel() == 0 || y.tensor().numel() == 0) return op.result(op.zeros(sizes), bits);
  const RingTensor& own = x.share().share();
  if (right) {
    check_product(op.party(), map, own, factor.words);
    return op.result(ArithmeticShared(map(own, factor.words, {PublicOperand::right, factor.bits})), bits);
  }
  check_product(op.party(), map, factor.words, own);
  return op.result(ArithmeticShared(map(factor.words, own, {PublicOperand::left, factor.bits})), bits);
}

MPCTensor matmul(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("matmul", {a, b});
  return product(op, Bilinear::matmul(), a, b);
}

MPCTensor matmul(const MPCTensor& a, const Plain& b) {
  const OperationScope op("matmul", {a});
  op.fact(b.sizes());
  return product(op, Bilinear::matmul(), a, b, PlainSide::right);
}

MPCTensor matmul(const Plain& a, const MPCTensor& b) {
  const OperationScope op("matmul", {b});
  op.fact(a.sizes());
  return product(op, Bilinear::matmul(), b, a, PlainSide::left);
}

namespace {

std::string text(const Conv2dOptions& o) {
  const auto pair = [](const std::array<int64_t, 2>& values) { return shape_text(values); };
  return "stride " + pair(o.stride) + " padding " + pair(o.padding) + " dilation " + pair(o.dilation) + " groups " + std::to_string(o.groups);
}

void check_bias(const MPCTensor& bias, int64_t outputs, const char* operation) {
  if (!bias.defined() || (bias.dim() == 1 && bias.sizes()[0] == outputs)) return;
  throw InvalidArgument(tensor_code::shape_mismatch, std::string(operation) + ": the bias does not fit the weight", operation,
                        "shapes " + shape_text(bias.sizes()) + " and (" + std::to_string(outputs) + ")", "pass one bias for each output");
}

std::vector<MPCTensor> operands(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias) {
  if (!bias.defined()) return {input, weight};
  return {input, weight, bias};
}

}  // namespace

MPCTensor conv2d(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const Conv2dOptions& options) {
  const OperationScope op("conv2d", operands(input, weight, bias));
  op.fact(text(options));
  const auto map = Bilinear::conv2d(options);
  map.output_sizes(input.sizes(), weight.sizes());
  check_bias(bias, weight.sizes()[0], "conv2d");
  const auto result = product(op, map, input, weight);
  return bias.defined() ? add(result, reshape(bias, {1, -1, 1, 1})) : result;
}

MPCTensor conv2d(const MPCTensor& input, const Plain& weight, const Conv2dOptions& options) {
  const OperationScope op("conv2d", {input});
  op.fact(weight.sizes());
  op.fact(text(options));
  return product(op, Bilinear::conv2d(options), input, weight, PlainSide::right);
}

MPCTensor linear(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias) {
  const OperationScope op("linear", operands(input, weight, bias));
  if (weight.dim() != 2) {
    throw InvalidArgument(tensor_code::dims, "linear: the weight is no matrix", "linear", "its shape is " + shape_text(weight.sizes()), "pass a weight of shape (out, in)");
  }
  check_bias(bias, weight.sizes()[0], "linear");
  const auto result = product(op, Bilinear::matmul(), input, transpose(weight, 0, 1));
  return bias.defined() ? add(result, bias) : result;
}

}  // namespace crypten
