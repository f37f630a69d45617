// Arctangent of private numbers.
//
// Method: near zero a trigonometric series of 5 harmonics of x; far from it π/2 − atan(1/x), or −π/2 − atan(1/x), with a series of 3 harmonics of the long reciprocal
// (mpc/function/reciprocal), whose angle is taken of the product as it is: nothing is truncated between. Which one holds: two thresholds (mpc/protocol/bands). All from one
// opening of x. The case distinction is the textbooks'; its parts are the sources that the headers of those parts name.
//
// Domain: |x| ≤ 2^22, precision_bits f of 8 … 24. Largest error there: 2^-13.3 + 1.5 units of 2^-f (up to 8 parties). Outside: wrong numbers between −10 and 10.
// 10 rounds (one more if a truncation of x is pending), 65.8 B, dealer 366 B an element at f = 16. Opens: as reciprocal, bands and series, and two angles.
// `bound`: of |x| (mpc/tensor/bound.h). Up to 1.5 the first series is all: 2 rounds, 8.5 B, dealer 64 B; up to 2^10 9 rounds and half the chunks.
// Throws InvalidArgument 402, 409 (precision_bits), 419 (bound).
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor atan(const MPCTensor& x, double bound = kUnbounded);

}  // namespace crypten
