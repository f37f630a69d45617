// Functions of reals. Domains, errors and methods: the headers of mpc/function; costs: docs/costs.md.
#pragma once

#include <utility>
#include <vector>

#include "autograd/cryptensor.h"
#include "mpc/function/gelu.h"
#include "mpc/function/rotary.h"

namespace crypten {

CrypTensor sigmoid(const CrypTensor& x);
CrypTensor tanh(const CrypTensor& x);
CrypTensor erf(const CrypTensor& x);
CrypTensor gelu(const CrypTensor& x, GeluForm form = GeluForm::exact);
CrypTensor silu(const CrypTensor& x);
CrypTensor softplus(const CrypTensor& x, double beta = 1);
CrypTensor logsigmoid(const CrypTensor& x);
CrypTensor mish(const CrypTensor& x);
CrypTensor elu(const CrypTensor& x, double alpha = 1);
CrypTensor selu(const CrypTensor& x);
CrypTensor leaky_relu(const CrypTensor& x, double negative_slope = 0.01);
CrypTensor prelu(const CrypTensor& x, const CrypTensor& weight);
CrypTensor hardsigmoid(const CrypTensor& x);
CrypTensor hardswish(const CrypTensor& x);
CrypTensor sin(const CrypTensor& x);
CrypTensor cos(const CrypTensor& x);
std::pair<CrypTensor, CrypTensor> cossin(const CrypTensor& x);  // cosine, sine
CrypTensor atan(const CrypTensor& x);
CrypTensor rotary(const CrypTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs = RotaryPairs::halves);
CrypTensor power(const CrypTensor& x, int64_t exponent);
CrypTensor polynomial(const CrypTensor& x, const std::vector<double>& coefficients);

}  // namespace crypten
