// Square roots of private numbers, and their reciprocals.
//
// Method: x = m·2^k (mpc/function/mantissa), √m or 1/√m by a trigonometric series of 4 harmonics, times 2^(±k/2) from a second power table of the same opened class: odd k are
// entries of the table like even ones. x may have a truncation pending (up to 32 fractional bits): its opening serves as it is. f: precision_bits, 8 … 24.
// Domain: 2^-10 ≤ x ≤ 2^20, and x ≥ 2^-f. Outside: 0 gives a small root (below 2^-6) and an inverse one of some 170; below the domain both are of that size, but wrong;
// negative numbers and those beyond give numbers of any size.
// 9 rounds, 55 B, dealer 272 B an element at f = 16; with a bound of x up to 2^9 (mpc/tensor/bound.h) 8 rounds, 45 B. Opens: as Normalisation; the series and 2^(±k/2) under masks. Throws InvalidArgument 401 … 403, 409 (precision_bits).
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor sqrt(const MPCTensor& x, double bound = kUnbounded);      // largest error 2^-12.4·√x + 1.25 units of 2^-f
MPCTensor inv_sqrt(const MPCTensor& x, double bound = kUnbounded);  // largest error 2^-11.8/√x + 1.25 units

// For what is multiplied next: 1/√(squares / count + eps) with `bits` fractional bits, more than precision_bits so that small results keep theirs, for a mean square with eps of
// 2^-17 … 2^14: so eps = 1e-5 is inside. The same error and cost; the division by count is part of the root, not a product. `bound`: of the mean square with eps.
// Needs 16 fractional bits of `squares`, or its domain begins at 2^-(its fractional bits); more than 40 are truncated first.
MPCTensor inv_sqrt_of_mean(const MPCTensor& squares, int64_t count, double eps, int bits, double bound = kUnbounded);

}  // namespace crypten
