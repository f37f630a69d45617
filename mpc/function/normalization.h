// Layer, group, RMS and batch normalisation of private numbers, with private statistics. weight and bias: private or public, or undefined.
//
// Method: deviations from the mean, their mean square, 1/√(variance + eps) with more fractional bits than the tensor's (mpc/function/roots), one product. All rows together.
// Domain: 2^-17 ≤ variance + eps ≤ 2^14 (mean square for RMS), so that torch's eps of 1e-5 is one; normalised values below 2^8. precision_bits 8 … 24 (409 otherwise).
// Largest error of a normalised value y: |y|·(2^-11.7 + 2^-9 · unit / σ) + 4·unit/σ + 2 units, unit = 2^-precision_bits, σ² the variance: the mean is rounded to a unit.
// Rounds: 11, one for a private weight, one where a mean square has more than 40 fractional bits; results have a truncation pending where there is a weight.
// `bound`: of |x| (mpc/tensor/bound.h); the mean square is at most its square.
// Opens: deviations, and what inv_sqrt opens, under masks. Throws InvalidArgument 401 … 403, 408 (a weight that does not fit), 409, 410, 416, 419 (bound); IndexError 412.
#pragma once

#include <optional>
#include <variant>

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// A factor or summand of a layer: none, private, or public.
using Parameter = std::variant<std::monostate, MPCTensor, Plain>;

// Over the last `dims` dimensions.
MPCTensor layer_norm(const MPCTensor& x, int64_t dims, const Parameter& weight, const Parameter& bias, double eps = 1e-5, double bound = kUnbounded);
MPCTensor rms_norm(const MPCTensor& x, int64_t dims, const Parameter& weight, double eps = 1e-5, double bound = kUnbounded);
// (N, C, …) in `groups` groups of channels, over each group and all that follows; weight and bias (C).
MPCTensor group_norm(const MPCTensor& x, int64_t groups, const Parameter& weight, const Parameter& bias, double eps = 1e-5, double bound = kUnbounded);
// (N, C, …) with statistics (C) that were found before: (x − mean)/√(variance + eps)·weight + bias, as x·scale + shift: 1 round for x, 10 for the channels' scale.
MPCTensor batch_norm(const MPCTensor& x, const MPCTensor& mean, const MPCTensor& variance, const Parameter& weight, const Parameter& bias, double eps = 1e-5);
// The same with the batch's own statistics over all dimensions but channels.
MPCTensor batch_norm_of_batch(const MPCTensor& x, const Parameter& weight, const Parameter& bias, double eps = 1e-5, double bound = kUnbounded);

}  // namespace crypten
