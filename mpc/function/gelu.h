// Smooth rectifiers: 0 far below zero, x far above, and between them x/2 plus a trigonometric series. Method, sources, domain, opens and throws: mpc/function/piecewise.
// A pending truncation of x is fused at up to 17 fractional bits: 4 rounds for both.
// Cost: 4 rounds, 23.75 B (21.25 B fused); dealer at up to 16 fractional bits below, fused 2 B less.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

enum class GeluForm { exact, tanh };

// Largest absolute errors at 16 fractional bits; piecewise_error() gives them for every precision_bits.
MPCTensor gelu(const MPCTensor& x, GeluForm form = GeluForm::exact, double bound = kUnbounded);  // x·Φ(x), exactly or by tanh: 2^-12.9; dealer 159.3 B
MPCTensor silu(const MPCTensor& x, double bound = kUnbounded);                                   // x·sigmoid(x): 2^-12.7; 24 B, dealer 236 B
MPCTensor softplus(const MPCTensor& x, double beta = 1, double bound = kUnbounded);              // log(1 + e^(βx)) / β: 2^-12.4 for β = 1; dealer 199 B. Throws InvalidArgument (413): β = 0
MPCTensor logsigmoid(const MPCTensor& x, double bound = kUnbounded);                             // log(sigmoid(x)) = x − softplus(x)
MPCTensor mish(const MPCTensor& x, double bound = kUnbounded);                                   // x·tanh(softplus(x)): 2^-12; dealer 249.3 B
// x above zero, α·(e^x − 1) below: 2^-12.9 for α = 1. Exact thresholds, since the slope jumps at zero: 26.25 B, dealer 184.3 B.
MPCTensor elu(const MPCTensor& x, double alpha = 1, double bound = kUnbounded);
MPCTensor selu(const MPCTensor& x, double bound = kUnbounded);                                   // 1.0507…·elu(x, 1.6732…)

}  // namespace crypten
