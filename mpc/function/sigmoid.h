// Functions that saturate: sigmoid, tanh, erf. Method: mpc/function/piecewise: an odd trigonometric series with a linear term (Fourier extension, minimax), thresholds on one
// opening of x. Sources: Boura et al. (FC 2018) for Fourier series in the dealer model; thresholds and lifts are this library's.
// Domain: all reals, |x| < 2^(61 − fraction bits). Outside of the interval that the series covers (±10, ±5, ±3) they are their limits.
// Cost: 4 rounds, 23.75 B, dealer 169.8, 179.5, 129.5 B an element at up to 16 fractional bits. A pending truncation of x is fused: 21.25 B, dealer 6 … 16 B more. Opens and throws: as piecewise().
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Largest absolute errors at 16 fractional bits; piecewise_error() gives them for every precision_bits: at 8 bits one unit more or less decides, beyond 18 bits 2^-17.
MPCTensor sigmoid(const MPCTensor& x, double bound = kUnbounded);  // 2^-12.9
MPCTensor tanh(const MPCTensor& x, double bound = kUnbounded);     // 2^-12.5
MPCTensor erf(const MPCTensor& x, double bound = kUnbounded);      // 2^-12.9

}  // namespace crypten
