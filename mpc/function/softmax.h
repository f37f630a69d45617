// Softmax and its logarithm along a dimension, of private numbers.
//
// Method: subtract the exact maximum (a tournament of comparisons), the light exponential, the sum, and one long reciprocal (or logarithm) a row: 1/s keeps all its bits until it
// was multiplied. Everything of all rows travels together. x may have a truncation pending: it is compared and exponentiated as it is.
// Domain: all reals; rows of up to 4096 elements, longer ones cost one round more. precision_bits 8 … 24 (409 otherwise).
// `bound`: of |x| (mpc/tensor/bound.h): up to 8.25 the exponential takes 2 rounds, not 4.
// Opens: what maximum, exponential and reciprocal open. Throws InvalidArgument 401 … 403, 409, 416 (no elements); IndexError 412.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Largest error of rows of up to 4096: 2^-13.35 + 1 unit of 2^-f + (n + 1)·2^-min(f + 8, 24), n elements in a row, f precision_bits: below 2^-13 for n ≤ 64 at f = 16.
// Longer rows: 2^-13 instead of 2^-13.35. Rounds: the maximum's, and 13; bytes beside the maximum for rows of 64: 35 B, dealer 118 B an element.
MPCTensor softmax(const MPCTensor& x, int64_t dim, double bound = kUnbounded);
// Largest error: the logarithm's, 2^-13 + 1 unit, and what n exponentials add to it, 2^-19 + n·(2^-20.9 + 2^-min(f + 8, 24)): 2^-12.4 for n = 64 at f = 16.
// The maximum's rounds, and 12.
MPCTensor log_softmax(const MPCTensor& x, int64_t dim, double bound = kUnbounded);
MPCTensor logsumexp(const MPCTensor& x, int64_t dim, bool keepdim = false, double bound = kUnbounded);

}  // namespace crypten
