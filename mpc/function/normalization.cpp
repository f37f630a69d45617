#include "mpc/function/normalization.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "crypten_core/error.h"
#include "mpc/function/precision.h"
#include "mpc/function/roots.h"
#include "mpc/function/statistics.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/reduce.h"
#include "mpc/tensor/reshape.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

// Of 1/√variance: |normalised value| < 2^8 leaves 62 − 8 − precision_bits, and the root itself 30.
int inverse_bits(int precision) { return std::min(30, 53 - precision); }

// value / √(mean square of value along dims + eps), broadcasting, with precision_bits.
MPCTensor over_root(const OperationScope& op, const MPCTensor& value, const std::vector<int64_t>& dims, double eps, double bound) {
  const int bits = op.precision_bits(), kept = inverse_bits(bits);
  int64_t count = 1;
  for (const int64_t dim : dims) count *= value.sizes()[dim];
  value.at_most(bits);
  // Deviations' mean square is at most the numbers' own; their mean is rounded by some units.
  const double squares = bound_of_squares(bound + std::ldexp(1, 2 - bits), 1, bits) + eps;
  const auto inverse = inv_sqrt_of_mean(sum(square(value), dims, true), count, eps, kept, squares);
  return MPCTensor(value.party(), truncate(op.party(), multiply(op.party(), value.share(), inverse.share()), value.fraction_bits() + kept - bits), bits, true);
}

MPCTensor normalised(const OperationScope& op, const MPCTensor& x, const std::vector<int64_t>& dims, double eps, double bound) {
  return over_root(op, deviations(x, dims), dims, eps, bound);
}

std::vector<int64_t> last(const MPCTensor& x, int64_t dims, const char* name) {
  if (dims < 1 || dims > x.dim()) {
    throw InvalidArgument(tensor_code::dims, std::string(name) + ": wrong number of dimensions", name, std::to_string(dims) + " of " + std::to_string(x.dim()), "normalise over 1 or more of the last dimensions");
  }
  std::vector<int64_t> result;
  for (int64_t d = x.dim() - dims; d < x.dim(); ++d) result.push_back(d);
  return result;
}

// A parameter of shape (C) seen as (C, 1, …), to go with channels.
Parameter by_channel(const Parameter& parameter, int64_t channels, int64_t dims, const char* name) {
  std::vector<int64_t> sizes(static_cast<size_t>(dims - 1), 1);
  sizes[0] = channels;
  const auto check = [&](at::IntArrayRef own) {
    if (own.size() != 1 || own[0] != channels) {
      throw InvalidArgument(tensor_code::shape_mismatch, std::string(name) + ": a parameter does not fit", name, "shapes " + shape_text(own) + " and (" + std::to_string(channels) + ")", "pass one number for each channel");
    }
  };
  if (const auto* secret = std::get_if<MPCTensor>(&parameter)) return check(secret->sizes()), Parameter(reshape(*secret, sizes));
  if (const auto* plain = std::get_if<Plain>(&parameter)) return check(plain->sizes()), Parameter(Plain(plain->tensor().reshape(sizes)));
  return {};
}

MPCTensor times(const MPCTensor& x, const Parameter& weight) {
  if (const auto* secret = std::get_if<MPCTensor>(&weight)) return multiply(x, *secret);
  if (const auto* plain = std::get_if<Plain>(&weight)) return multiply(x, *plain);
  return x;
}

MPCTensor plus(const MPCTensor& x, const Parameter& bias) {
  if (const auto* secret = std::get_if<MPCTensor>(&bias)) return add(x, *secret);
  if (const auto* plain = std::get_if<Plain>(&bias)) return add(x, *plain);
  return x;
}

int64_t channels_of(const MPCTensor& x, const char* name) {
  if (x.dim() < 2) throw InvalidArgument(tensor_code::dims, std::string(name) + ": no channels", name, "the shape is " + shape_text(x.sizes()), "pass (batch, channels, …)");
  return x.sizes()[1];
}

}  // namespace

MPCTensor layer_norm(const MPCTensor& x, int64_t dims, const Parameter& weight, const Parameter& bias, double eps, double bound) {
  const OperationScope op("layer_norm", {x});
  const int bits = checked_precision(op, "layer_norm");
  check_bound(op, "layer_norm", bound);
  const auto along = last(x, dims, "layer_norm");
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  return plus(times(normalised(op, x, along, eps, bound), weight), bias);
}

MPCTensor rms_norm(const MPCTensor& x, int64_t dims, const Parameter& weight, double eps, double bound) {
  const OperationScope op("rms_norm", {x});
  const int bits = checked_precision(op, "rms_norm");
  check_bound(op, "rms_norm", bound);
  const auto along = last(x, dims, "rms_norm");
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  return times(over_root(op, x, along, eps, bound), weight);
}

MPCTensor group_norm(const MPCTensor& x, int64_t groups, const Parameter& weight, const Parameter& bias, double eps, double bound) {
  const OperationScope op("group_norm", {x});
  const int bits = checked_precision(op, "group_norm");
  check_bound(op, "group_norm", bound);
  const int64_t channels = channels_of(x, "group_norm");
  if (groups < 1 || channels % groups != 0) {
    throw InvalidArgument(tensor_code::shape_mismatch, "group_norm: the channels do not fall into so many groups", "group_norm", std::to_string(channels) + " channels, " + std::to_string(groups) + " groups",
                          "choose a divisor of the number of channels");
  }
  const auto scale = by_channel(weight, channels, x.dim(), "group_norm"), shift = by_channel(bias, channels, x.dim(), "group_norm");
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  const auto sizes = x.sizes().vec();
  const auto grouped = reshape(x, {sizes[0], groups, -1});
  return plus(times(reshape(normalised(op, grouped, {2}, eps, bound), sizes), scale), shift);
}

MPCTensor batch_norm(const MPCTensor& x, const MPCTensor& mean, const MPCTensor& variance, const Parameter& weight, const Parameter& bias, double eps) {
  const OperationScope op("batch_norm", {x, mean, variance});
  const int bits = checked_precision(op, "batch_norm");
  const int64_t channels = channels_of(x, "batch_norm");
  const auto factor = by_channel(weight, channels, x.dim(), "batch_norm"), summand = by_channel(bias, channels, x.dim(), "batch_norm");
  const auto centre = std::get<MPCTensor>(by_channel(mean, channels, x.dim(), "batch_norm")), spread = std::get<MPCTensor>(by_channel(variance, channels, x.dim(), "batch_norm"));
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  MPCTensor inverse;
  const auto deviation = subtract(x, centre);
  op.party().together({[&] { inverse = times(inv_sqrt_of_mean(spread, 1, eps, bits), factor); }, [&] { deviation.at_most(bits); }});
  return plus(multiply(deviation, inverse), summand);
}

MPCTensor batch_norm_of_batch(const MPCTensor& x, const Parameter& weight, const Parameter& bias, double eps, double bound) {
  const OperationScope op("batch_norm", {x});
  const int bits = checked_precision(op, "batch_norm");
  check_bound(op, "batch_norm", bound);
  const int64_t channels = channels_of(x, "batch_norm");
  const auto factor = by_channel(weight, channels, x.dim(), "batch_norm"), summand = by_channel(bias, channels, x.dim(), "batch_norm");
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  std::vector<int64_t> dims{0};
  for (int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  return plus(times(normalised(op, x, dims, eps, bound), factor), summand);
}

}  // namespace crypten
