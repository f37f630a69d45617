#include "autograd/ops/normalize.h"

#include "mpc/function/normalization.h"
#include "mpc/function/statistics.h"

namespace crypten {
namespace {

Parameter parameter(const CrypTensor& tensor) { return tensor.defined() ? Parameter(tensor.value()) : Parameter(); }

}  // namespace

CrypTensor var(const CrypTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim) { return CrypTensor(var(x.value(), dims, correction, keepdim)); }
CrypTensor standard_deviation(const CrypTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim, double bound) {
  return CrypTensor(standard_deviation(x.value(), dims, correction, keepdim, bound));
}
CrypTensor norm(const CrypTensor& x, double p, at::IntArrayRef dims, bool keepdim, double bound) { return CrypTensor(norm(x.value(), p, dims, keepdim, bound)); }
CrypTensor cosine_similarity(const CrypTensor& x, const CrypTensor& y, int64_t dim, double bound) { return CrypTensor(cosine_similarity(x.value(), y.value(), dim, bound)); }
CrypTensor layer_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, const CrypTensor& bias, double eps, double bound) {
  return CrypTensor(layer_norm(x.value(), dims, parameter(weight), parameter(bias), eps, bound));
}
CrypTensor rms_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, double eps, double bound) { return CrypTensor(rms_norm(x.value(), dims, parameter(weight), eps, bound)); }
CrypTensor group_norm(const CrypTensor& x, int64_t groups, const CrypTensor& weight, const CrypTensor& bias, double eps, double bound) {
  return CrypTensor(group_norm(x.value(), groups, parameter(weight), parameter(bias), eps, bound));
}
CrypTensor batch_norm(const CrypTensor& x, const CrypTensor& mean, const CrypTensor& variance, const CrypTensor& weight, const CrypTensor& bias, double eps, double bound) {
  if (!mean.defined() && !variance.defined()) return CrypTensor(batch_norm_of_batch(x.value(), parameter(weight), parameter(bias), eps, bound));
  return CrypTensor(batch_norm(x.value(), mean.value(), variance.value(), parameter(weight), parameter(bias), eps));
}

}  // namespace crypten
