#include "autograd/ops/function.h"

#include "mpc/function/arctangent.h"
#include "mpc/function/power.h"
#include "mpc/function/rectifiers.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/sine.h"

namespace crypten {

CrypTensor sigmoid(const CrypTensor& x, double bound) { return CrypTensor(sigmoid(x.value(), bound)); }
CrypTensor tanh(const CrypTensor& x, double bound) { return CrypTensor(tanh(x.value(), bound)); }
CrypTensor erf(const CrypTensor& x, double bound) { return CrypTensor(erf(x.value(), bound)); }
CrypTensor gelu(const CrypTensor& x, GeluForm form, double bound) { return CrypTensor(gelu(x.value(), form, bound)); }
CrypTensor silu(const CrypTensor& x, double bound) { return CrypTensor(silu(x.value(), bound)); }
CrypTensor softplus(const CrypTensor& x, double beta, double bound) { return CrypTensor(softplus(x.value(), beta, bound)); }
CrypTensor logsigmoid(const CrypTensor& x, double bound) { return CrypTensor(logsigmoid(x.value(), bound)); }
CrypTensor mish(const CrypTensor& x, double bound) { return CrypTensor(mish(x.value(), bound)); }
CrypTensor elu(const CrypTensor& x, double alpha, double bound) { return CrypTensor(elu(x.value(), alpha, bound)); }
CrypTensor selu(const CrypTensor& x, double bound) { return CrypTensor(selu(x.value(), bound)); }
CrypTensor leaky_relu(const CrypTensor& x, double negative_slope, double bound) { return CrypTensor(leaky_relu(x.value(), negative_slope, bound)); }
CrypTensor prelu(const CrypTensor& x, const CrypTensor& weight, double bound) { return CrypTensor(prelu(x.value(), weight.value(), bound)); }
CrypTensor hardsigmoid(const CrypTensor& x, double bound) { return CrypTensor(hardsigmoid(x.value(), bound)); }
CrypTensor hardswish(const CrypTensor& x, double bound) { return CrypTensor(hardswish(x.value(), bound)); }
CrypTensor sin(const CrypTensor& x) { return CrypTensor(sin(x.value())); }
CrypTensor cos(const CrypTensor& x) { return CrypTensor(cos(x.value())); }
std::pair<CrypTensor, CrypTensor> cossin(const CrypTensor& x) {
  auto [cosine, sine] = cossin(x.value());
  return {CrypTensor(std::move(cosine)), CrypTensor(std::move(sine))};
}
CrypTensor atan(const CrypTensor& x, double bound) { return CrypTensor(atan(x.value(), bound)); }
CrypTensor rotary(const CrypTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs) { return CrypTensor(rotary(x.value(), cosine, sine, pairs)); }
CrypTensor power(const CrypTensor& x, int64_t exponent) { return CrypTensor(power(x.value(), exponent)); }
CrypTensor polynomial(const CrypTensor& x, const std::vector<double>& coefficients) { return CrypTensor(polynomial(x.value(), coefficients)); }

}  // namespace crypten
