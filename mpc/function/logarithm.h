// Natural logarithm of private numbers.
//
// Method: x = m·2^k (mpc/function/mantissa); log m by a trigonometric series of 4 harmonics, plus k·ln 2: the opened class is lifted to the series' ring locally, since e < 32
// says whether its opening wrapped. x may have a truncation pending (up to 32 fractional bits): its opening serves as it is. f: precision_bits, 8 … 24.
// Domain: 2^-10 ≤ x ≤ 2^20, and x ≥ 2^-f. Largest error: 2^-13 + 1 unit of 2^-f. Outside: 0 gives some −9 and what lies between it and the domain wrong numbers of that size;
// negative numbers and those beyond give numbers of any size.
// 8 rounds, 40 B, dealer 200 B an element at f = 16; with a bound of x up to 2^5 (mpc/tensor/bound.h) 7 rounds, 30 B. Opens: as Normalisation, the sum modulo 2^48 under a mask. Throws InvalidArgument 401 … 403, 409 (precision_bits).
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor log(const MPCTensor& x, double bound = kUnbounded);

}  // namespace crypten
