#include "autograd/ops/normalize.h"

#include "mpc/function/normalization.h"
#include "mpc/function/statistics.h"

namespace crypten {
namespace {

Parameter parameter(const CrypTensor& tensor) { return tensor.defined() ? Parameter(tensor.value()) : Parameter(); }

}  // namespace

CrypTensor var(const CrypTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim) { return CrypTensor(var(x.value(), dims, correction, keepdim)); }
CrypTensor standard_deviation(const CrypTensor& x, at::IntArrayRef dims, int64_t correction, bool keepdim) {
  return CrypTensor(standard_deviation(x.value(), dims, correction, keepdim));
}
CrypTensor norm(const CrypTensor& x, double p, at::IntArrayRef dims, bool keepdim) { return CrypTensor(norm(x.value(), p, dims, keepdim)); }
CrypTensor cosine_similarity(const CrypTensor& x, const CrypTensor& y, int64_t dim) { return CrypTensor(cosine_similarity(x.value(), y.value(), dim)); }
CrypTensor layer_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, const CrypTensor& bias, double eps) {
  return CrypTensor(layer_norm(x.value(), dims, parameter(weight), parameter(bias), eps));
}
CrypTensor rms_norm(const CrypTensor& x, int64_t dims, const CrypTensor& weight, double eps) { return CrypTensor(rms_norm(x.value(), dims, parameter(weight), eps)); }
CrypTensor group_norm(const CrypTensor& x, int64_t groups, const CrypTensor& weight, const CrypTensor& bias, double eps) {
  return CrypTensor(group_norm(x.value(), groups, parameter(weight), parameter(bias), eps));
}
CrypTensor batch_norm(const CrypTensor& x, const CrypTensor& mean, const CrypTensor& variance, const CrypTensor& weight, const CrypTensor& bias, double eps) {
  if (!mean.defined() && !variance.defined()) return CrypTensor(batch_norm(x.value(), parameter(weight), parameter(bias), eps));
  return CrypTensor(batch_norm(x.value(), mean.value(), variance.value(), parameter(weight), parameter(bias), eps));
}

}  // namespace crypten
