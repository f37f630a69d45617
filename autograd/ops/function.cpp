#include "autograd/ops/function.h"

#include "mpc/function/arctangent.h"
#include "mpc/function/power.h"
#include "mpc/function/rectifiers.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/sine.h"

namespace crypten {

CrypTensor sigmoid(const CrypTensor& x) { return CrypTensor(sigmoid(x.value())); }
CrypTensor tanh(const CrypTensor& x) { return CrypTensor(tanh(x.value())); }
CrypTensor erf(const CrypTensor& x) { return CrypTensor(erf(x.value())); }
CrypTensor gelu(const CrypTensor& x, GeluForm form) { return CrypTensor(gelu(x.value(), form)); }
CrypTensor silu(const CrypTensor& x) { return CrypTensor(silu(x.value())); }
CrypTensor softplus(const CrypTensor& x, double beta) { return CrypTensor(softplus(x.value(), beta)); }
CrypTensor logsigmoid(const CrypTensor& x) { return CrypTensor(logsigmoid(x.value())); }
CrypTensor mish(const CrypTensor& x) { return CrypTensor(mish(x.value())); }
CrypTensor elu(const CrypTensor& x, double alpha) { return CrypTensor(elu(x.value(), alpha)); }
CrypTensor selu(const CrypTensor& x) { return CrypTensor(selu(x.value())); }
CrypTensor leaky_relu(const CrypTensor& x, double negative_slope) { return CrypTensor(leaky_relu(x.value(), negative_slope)); }
CrypTensor prelu(const CrypTensor& x, const CrypTensor& weight) { return CrypTensor(prelu(x.value(), weight.value())); }
CrypTensor hardsigmoid(const CrypTensor& x) { return CrypTensor(hardsigmoid(x.value())); }
CrypTensor hardswish(const CrypTensor& x) { return CrypTensor(hardswish(x.value())); }
CrypTensor sin(const CrypTensor& x) { return CrypTensor(sin(x.value())); }
CrypTensor cos(const CrypTensor& x) { return CrypTensor(cos(x.value())); }
std::pair<CrypTensor, CrypTensor> cossin(const CrypTensor& x) {
  auto [cosine, sine] = cossin(x.value());
  return {CrypTensor(std::move(cosine)), CrypTensor(std::move(sine))};
}
CrypTensor atan(const CrypTensor& x) { return CrypTensor(atan(x.value())); }
CrypTensor rotary(const CrypTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs) { return CrypTensor(rotary(x.value(), cosine, sine, pairs)); }
CrypTensor power(const CrypTensor& x, int64_t exponent) { return CrypTensor(power(x.value(), exponent)); }
CrypTensor polynomial(const CrypTensor& x, const std::vector<double>& coefficients) { return CrypTensor(polynomial(x.value(), coefficients)); }

}  // namespace crypten
