// Functions that saturate: sigmoid, tanh, erf. Method: mpc/function/piecewise: an odd trigonometric series with a linear term (Fourier extension, minimax), thresholds on one
// opening of x. Sources: Boura et al. (FC 2018) for Fourier series in the dealer model; thresholds and lifts are this library's.
// Domain: all reals, |x| < 2^(61 − fraction bits). Outside of the interval that the series covers (±10, ±5, ±3) they are their limits.
// Cost: 4 rounds (5 if a truncation of x is pending), 23.75 B, dealer 174, 184, 134 B an element at up to 16 fractional bits. Opens and throws: as piecewise().
#pragma once

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Largest absolute errors at 16 fractional bits; at f bits: 2^-13.2 + 2^(1 − f) up to f = 18, beyond that 2^-18 + 2^(1 − f).
MPCTensor sigmoid(const MPCTensor& x);  // 2^-13
MPCTensor tanh(const MPCTensor& x);     // 2^-12.7
MPCTensor erf(const MPCTensor& x);      // 2^-12.6

}  // namespace crypten
