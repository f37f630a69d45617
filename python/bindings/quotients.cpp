#include "autograd/ops/exponential.h"
#include "autograd/ops/normalize.h"

#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {
namespace {

using Dims = std::vector<int64_t>;
using Optional = std::optional<CrypTensor>;

ReciprocalDomain domain(const std::string& name) {
  if (name == "positive") return ReciprocalDomain::positive;
  return name == "denominators" ? ReciprocalDomain::denominators : ReciprocalDomain::both_signs;
}

}  // namespace

void bind_quotients(py::module_& m) {
  m.def("tan", [](const CrypTensor& x) { return tan(x); }, ReleaseGil());
#define CRYPTEN_BOUNDED(name) m.def(#name, [](const CrypTensor& x, double bound) { return name(x, bound); }, ReleaseGil())
  CRYPTEN_BOUNDED(exp);
  CRYPTEN_BOUNDED(expm1);
  CRYPTEN_BOUNDED(log);
  CRYPTEN_BOUNDED(log1p);
  CRYPTEN_BOUNDED(sqrt);
  CRYPTEN_BOUNDED(inv_sqrt);
#undef CRYPTEN_BOUNDED
  m.def("reciprocal", [](const CrypTensor& x, const std::string& of, double bound) { return reciprocal(x, domain(of), bound); }, ReleaseGil());
  m.def("divide", [](const CrypTensor& a, const CrypTensor& b) { return a / b; }, ReleaseGil());
  m.def("divide", [](const CrypTensor& a, const CrypTensor& b, double bound) { return divide(a, b, bound); }, ReleaseGil());
  m.def("divide", [](const Plain& a, const CrypTensor& b) { return a / b; }, ReleaseGil());
  m.def("divide", [](const Plain& a, const CrypTensor& b, double bound) { return divide(a, b, bound); }, ReleaseGil());
  m.def("real_power", [](const CrypTensor& x, double exponent, double bound) { return real_power(x, exponent, bound); }, ReleaseGil());
  m.def("softmax", [](const CrypTensor& x, int64_t dim, double bound) { return softmax(x, dim, bound); }, ReleaseGil());
  m.def("log_softmax", [](const CrypTensor& x, int64_t dim, double bound) { return log_softmax(x, dim, bound); }, ReleaseGil());
  m.def("logsumexp", [](const CrypTensor& x, int64_t dim, bool keepdim, double bound) { return logsumexp(x, dim, keepdim, bound); }, ReleaseGil());
  m.def("var", [](const CrypTensor& x, const Dims& dims, int64_t correction, bool keepdim) { return var(x, dims, correction, keepdim); }, ReleaseGil());
  m.def("standard_deviation", [](const CrypTensor& x, const Dims& dims, int64_t correction, bool keepdim, double bound) {
    return standard_deviation(x, dims, correction, keepdim, bound);
  }, ReleaseGil());
  m.def("norm", [](const CrypTensor& x, double p, const Dims& dims, bool keepdim, double bound) { return norm(x, p, dims, keepdim, bound); }, ReleaseGil());
  m.def("cosine_similarity", [](const CrypTensor& x, const CrypTensor& y, int64_t dim, double bound) { return cosine_similarity(x, y, dim, bound); }, ReleaseGil());
  m.def("layer_norm", [](const CrypTensor& x, int64_t dims, const Optional& weight, const Optional& bias, double eps, double bound) {
    return layer_norm(x, dims, weight.value_or(CrypTensor()), bias.value_or(CrypTensor()), eps, bound);
  }, ReleaseGil());
  m.def("rms_norm", [](const CrypTensor& x, int64_t dims, const Optional& weight, double eps, double bound) { return rms_norm(x, dims, weight.value_or(CrypTensor()), eps, bound); }, ReleaseGil());
  m.def("group_norm", [](const CrypTensor& x, int64_t groups, const Optional& weight, const Optional& bias, double eps, double bound) {
    return group_norm(x, groups, weight.value_or(CrypTensor()), bias.value_or(CrypTensor()), eps, bound);
  }, ReleaseGil());
  m.def("batch_norm", [](const CrypTensor& x, const Optional& mean, const Optional& variance, const Optional& weight, const Optional& bias, double eps, double bound) {
    return batch_norm(x, mean.value_or(CrypTensor()), variance.value_or(CrypTensor()), weight.value_or(CrypTensor()), bias.value_or(CrypTensor()), eps, bound);
  }, ReleaseGil());
}

}  // namespace crypten::python
