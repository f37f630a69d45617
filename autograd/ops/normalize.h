// Variance, norms, and layers that normalise. Domains, errors and methods: mpc/function/statistics.h, mpc/function/normalization.h. `bound`: of |x| (mpc/tensor/bound.h);
// statistics that were found before have none.
#pragma once

#include "autograd/cryptensor.h"
#include "mpc/tensor/bound.h"

namespace crypten {

CrypTensor var(const CrypTensor& x, at::IntArrayRef dims = {}, int64_t correction = 1, bool keepdim = false);
CrypTensor standard_deviation(const CrypTensor& x, at::IntArrayRef dims = {}, int64_t correction = 1, bool keepdim = false, double bound = kUnbounded);
CrypTensor norm(const CrypTensor& x, double p = 2, at::IntArrayRef dims = {}, bool keepdim = false, double bound = kUnbounded);
CrypTensor cosine_similarity(const CrypTensor& x, const CrypTensor& y, int64_t dim = 1, double bound = kUnbounded);
// weight and bias may be undefined.
CrypTensor layer_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, const CrypTensor& bias, double eps = 1e-5, double bound = kUnbounded);
CrypTensor rms_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, double eps = 1e-5, double bound = kUnbounded);
CrypTensor group_norm(const CrypTensor& x, int64_t groups, const CrypTensor& weight, const CrypTensor& bias, double eps = 1e-5, double bound = kUnbounded);
// With statistics that were found before, or (mean and variance undefined) the batch's own.
CrypTensor batch_norm(const CrypTensor& x, const CrypTensor& mean, const CrypTensor& variance, const CrypTensor& weight, const CrypTensor& bias, double eps = 1e-5, double bound = kUnbounded);

}  // namespace crypten
