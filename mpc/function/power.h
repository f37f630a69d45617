// Powers by public integers and polynomials with public coefficients, by products of truncated powers: a truncation's result is open already (mpc/protocol/truncate), so each
// level of products takes one round.
// Domain: |x^p| and all powers on the way below 2^(62 − 2·precision_bits) (2^30 at 16 bits). Outside: wraps, a wrong number.
#pragma once

#include <vector>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// x^p for p ≥ 0 (1 for p = 0). ⌈log2 p⌉ rounds, and one for the pending truncation of the result where it is needed; 8 B a round and power in use, dealer ≤ 8 + 20 B for
// each product. Error in units of the last place, after the truncation: e(1) = 0, e(p) = |x|^a·e(b) + |x|^b·e(a) + 1 for p = a + b, a = ⌊p/2⌋. Opens: x − λ, powers − λ.
// Throws InvalidArgument: 402, 427 (a negative exponent).
MPCTensor power(const MPCTensor& x, int64_t exponent);

// Σ coefficients[i]·x^i. 1 + ⌈log2 degree⌉ rounds (0 for degrees below 2), and a pending truncation. Coefficients are rounded to precision_bits fractional bits, which
// costs |x|^i half units each, beside the powers' own errors times their coefficients.
// Throws InvalidArgument: 402, 427 (no coefficients).
MPCTensor polynomial(const MPCTensor& x, const std::vector<double>& coefficients);

}  // namespace crypten
