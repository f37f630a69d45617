#include "autograd/ops/function.h"

#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {

void bind_functions(py::module_& m) {
#define CRYPTEN_FUNCTION(name) m.def(#name, [](const CrypTensor& x) { return name(x); }, ReleaseGil())
  CRYPTEN_FUNCTION(sin);
  CRYPTEN_FUNCTION(cos);
  CRYPTEN_FUNCTION(cossin);
#undef CRYPTEN_FUNCTION
#define CRYPTEN_BOUNDED(name) m.def(#name, [](const CrypTensor& x, double bound) { return name(x, bound); }, ReleaseGil())
  CRYPTEN_BOUNDED(sigmoid);
  CRYPTEN_BOUNDED(tanh);
  CRYPTEN_BOUNDED(erf);
  CRYPTEN_BOUNDED(silu);
  CRYPTEN_BOUNDED(logsigmoid);
  CRYPTEN_BOUNDED(mish);
  CRYPTEN_BOUNDED(selu);
  CRYPTEN_BOUNDED(hardsigmoid);
  CRYPTEN_BOUNDED(hardswish);
  CRYPTEN_BOUNDED(atan);
#undef CRYPTEN_BOUNDED
  m.def("gelu", [](const CrypTensor& x, bool tanh_form, double bound) { return gelu(x, tanh_form ? GeluForm::tanh : GeluForm::exact, bound); }, ReleaseGil());
  m.def("softplus", [](const CrypTensor& x, double beta, double bound) { return softplus(x, beta, bound); }, ReleaseGil());
  m.def("elu", [](const CrypTensor& x, double alpha, double bound) { return elu(x, alpha, bound); }, ReleaseGil());
  m.def("leaky_relu", [](const CrypTensor& x, double negative_slope, double bound) { return leaky_relu(x, negative_slope, bound); }, ReleaseGil());
  m.def("prelu", [](const CrypTensor& x, const CrypTensor& weight, double bound) { return prelu(x, weight, bound); }, ReleaseGil());
  m.def("rotary", [](const CrypTensor& x, const Plain& cosine, const Plain& sine, bool neighbours) {
    return rotary(x, cosine, sine, neighbours ? RotaryPairs::neighbours : RotaryPairs::halves);
  }, ReleaseGil());
  m.def("power", [](const CrypTensor& x, int64_t exponent) { return power(x, exponent); }, ReleaseGil());
  m.def("polynomial", [](const CrypTensor& x, const std::vector<double>& coefficients) { return polynomial(x, coefficients); }, ReleaseGil());
}

}  // namespace crypten::python
