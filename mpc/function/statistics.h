// Variance, standard deviation, norms and what divides by them, of private numbers. mpc/function/roots has the roots.
// Opens: products' operands under masks, and what roots open. Throws InvalidArgument 401 … 403, 409, 410, 416 (no elements), 419 (bound), 422; IndexError 412.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// x minus its mean along dims, kept, with precision_bits: 1 round, 8 B, dealer 8 B + 1 bit for each that is cut off. Up to 46 bits are in use before it: |x| < 2^15.
MPCTensor deviations(const MPCTensor& x, at::IntArrayRef dims);
// Mean square of what is left after the mean; `correction`: as torch, 1 for the sample's. dims empty: all. 2 rounds where the numbers of elements are powers of two, else 3;
// error: some units of the last place, relative to the largest deviation. The truncation of the result is pending.
MPCTensor var(const MPCTensor& x, at::IntArrayRef dims = {}, int64_t correction = 1, bool keepdim = false);
// √ of that, for variances in 2^-10 … 2^20: + 9 rounds, error 2^-12.4·std more. `bound`: of |x| (mpc/tensor/bound.h); the variance is at most its square.
MPCTensor standard_deviation(const MPCTensor& x, at::IntArrayRef dims = {}, int64_t correction = 1, bool keepdim = false, double bound = kUnbounded);
// (Σ |x|^p)^(1/p) for p = 1 (4 rounds), 2 (10 rounds, 2^-5 ≤ norm ≤ 2^10, relative error 2^-12.3) and infinity (a maximum of absolute values).
// `bound`: of |x|; the sum of squares is at most as many times its square. Throws InvalidArgument (427): another p.
MPCTensor norm(const MPCTensor& x, double p = 2, at::IntArrayRef dims = {}, bool keepdim = false, double bound = kUnbounded);
// x·y / (‖x‖·‖y‖) along a dimension, 2^-5 ≤ norms ≤ 2^7: error 2^-10. 12 rounds. `bound`: of |x| and |y|.
MPCTensor cosine_similarity(const MPCTensor& x, const MPCTensor& y, int64_t dim = 1, double bound = kUnbounded);

}  // namespace crypten
