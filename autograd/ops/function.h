// Functions of reals. Domains, errors and methods: the headers of mpc/function; costs: docs/costs.md.
#pragma once

#include <utility>
#include <vector>

#include "autograd/cryptensor.h"
#include "mpc/function/gelu.h"
#include "mpc/function/rotary.h"

namespace crypten {

CrypTensor sigmoid(const CrypTensor& x, double bound = kUnbounded);
CrypTensor tanh(const CrypTensor& x, double bound = kUnbounded);
CrypTensor erf(const CrypTensor& x, double bound = kUnbounded);
CrypTensor gelu(const CrypTensor& x, GeluForm form = GeluForm::exact, double bound = kUnbounded);
CrypTensor silu(const CrypTensor& x, double bound = kUnbounded);
CrypTensor softplus(const CrypTensor& x, double beta = 1, double bound = kUnbounded);
CrypTensor logsigmoid(const CrypTensor& x, double bound = kUnbounded);
CrypTensor mish(const CrypTensor& x, double bound = kUnbounded);
CrypTensor elu(const CrypTensor& x, double alpha = 1, double bound = kUnbounded);
CrypTensor selu(const CrypTensor& x, double bound = kUnbounded);
CrypTensor leaky_relu(const CrypTensor& x, double negative_slope = 0.01, double bound = kUnbounded);
CrypTensor prelu(const CrypTensor& x, const CrypTensor& weight, double bound = kUnbounded);
CrypTensor hardsigmoid(const CrypTensor& x, double bound = kUnbounded);
CrypTensor hardswish(const CrypTensor& x, double bound = kUnbounded);
CrypTensor sin(const CrypTensor& x);
CrypTensor cos(const CrypTensor& x);
std::pair<CrypTensor, CrypTensor> cossin(const CrypTensor& x);  // cosine, sine
CrypTensor atan(const CrypTensor& x, double bound = kUnbounded);
CrypTensor rotary(const CrypTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs = RotaryPairs::halves);
CrypTensor power(const CrypTensor& x, int64_t exponent);
CrypTensor polynomial(const CrypTensor& x, const std::vector<double>& coefficients);

}  // namespace crypten
