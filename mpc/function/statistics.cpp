#include "mpc/function/statistics.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "crypten_core/error.h"
#include "mpc/function/precision.h"
#include "mpc/function/roots.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/maximum.h"
#include "mpc/tensor/reduce.h"
#include "mpc/tensor/reshape.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

constexpr int kInverseNormBits = 24;  // of 1/‖x‖, at most 2^7: the product of two stays below 2^62
constexpr int kMostWideBits = 46;  // of a mean before its truncation
constexpr int kInverseNormsBits = 30;  // of their product

int64_t elements_along(const MPCTensor& x, const std::vector<int64_t>& dims) {
  int64_t count = 1;
  for (const int64_t dim : dims) count *= x.dim() == 0 ? 1 : x.sizes()[dim];
  return count;
}

}  // namespace

MPCTensor deviations(const MPCTensor& x, at::IntArrayRef dims) {
  const OperationScope op("deviations", {x});
  const auto centre = mean(x, dims, true);
  const int bits = std::max(x.fraction_bits(), centre.fraction_bits());
  // Both at the mean's scale, so that only their difference is truncated.
  const auto deviation = bits <= kMostWideBits ? op.result(x.widened(bits) - centre.widened(bits), bits) : subtract(x, centre);
  deviation.at_most(op.precision_bits());
  return deviation;
}

MPCTensor var(const MPCTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim) {
  const OperationScope op("var", {x});
  const auto along = wrapped_dims(dims, x.dim(), "var");
  const int64_t count = elements_along(x, along) - correction;
  op.fact(along);
  if (count < 1) {
    throw InvalidArgument(tensor_code::empty, "var: too few elements", "var", std::to_string(count + correction) + " elements, correction " + std::to_string(correction),
                          "choose dimensions with more elements, or another correction");
  }
  return divide_by_count(sum(square(deviations(x, along)), along, keepdim), count);
}

MPCTensor standard_deviation(const MPCTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim, double bound) {
  const OperationScope op("std", {x});
  const int bits = checked_precision(op, "std");
  check_bound(op, "std", bound);
  const auto variance = var(x, dims, correction, keepdim);
  const int64_t count = elements_along(x, wrapped_dims(dims, x.dim(), "std"));
  // The mean and what follows are rounded by some units.
  const double squares = bound_of_squares(bound + std::ldexp(1, 2 - bits), count, bits);
  return sqrt(variance, squares / static_cast<double>(count - correction) + std::ldexp(1, 2 - bits));
}

MPCTensor norm(const MPCTensor& x, double p, at::IntArrayRef dims, bool keepdim, double bound) {
  const OperationScope op("norm", {x});
  const auto along = wrapped_dims(dims, x.dim(), "norm");
  check_bound(op, "norm", bound);
  op.fact(std::to_string(p));
  op.fact(along);
  if (p == 1) return sum(abs(x, bound), along, keepdim);
  if (p == 2) return checked_precision(op, "norm"), sqrt(sum(square(x), along, keepdim), bound_of_squares(bound, elements_along(x, along), op.precision_bits()));
  if (!std::isinf(p) || p < 0) {
    throw InvalidArgument(tensor_code::exponent, "norm: this norm is not computed", "norm", "p is " + std::to_string(p), "choose 1, 2 or infinity");
  }
  auto largest = abs(x, bound);
  if (dims.empty()) return extremum(largest, Extreme::largest, keepdim, Position::none, bound).value;
  auto order = along;
  std::ranges::sort(order, std::greater<>());
  for (const int64_t dim : order) largest = extremum(largest, Extreme::largest, dim, keepdim, Position::none, bound).value;
  return largest;
}

MPCTensor cosine_similarity(const MPCTensor& x, const MPCTensor& y, int64_t dim, double bound) {
  const OperationScope op("cosine_similarity", {x, y});
  const int bits = checked_precision(op, "cosine_similarity");
  const auto sizes = broadcast_sizes(x.sizes(), y.sizes(), "cosine_similarity");
  const int64_t along = wrapped_dim(dim, static_cast<int64_t>(sizes.size()), "cosine_similarity");
  check_bound(op, "cosine_similarity", bound);
  op.fact("dim " + std::to_string(along));
  const auto a = expand(x, sizes), b = expand(y, sizes);
  Party& party = op.party();
  bring_back({a, b}, bits);
  const auto dot = sum(multiply(a, b), {along}), of_a = sum(square(a), {along}), of_b = sum(square(b), {along});
  if (dot.numel() == 0) return op.result(op.zeros(dot.sizes()), bits);
  const double squares = bound_of_squares(bound, a.dim() == 0 ? 1 : a.sizes()[along], bits);
  const auto inverse_norm = [&](const MPCTensor& of) { return inv_sqrt_of_mean(of, 1, 0, kInverseNormBits, squares); };
  MPCTensor inverse_a, inverse_b;
  party.together({[&] { inverse_a = inverse_norm(of_a); }, [&] { inverse_b = inverse_norm(of_b); }, [&] { dot.at_most(bits); }});
  const auto inverse = truncate(party, multiply(party, inverse_a.share(), inverse_b.share()), 2 * kInverseNormBits - kInverseNormsBits);
  return MPCTensor(x.party(), truncate(party, multiply(party, dot.share(), inverse), dot.fraction_bits() + kInverseNormsBits - bits), bits, true);
}

}  // namespace crypten
