// Functions that follow from the exponential, the logarithm, roots and quotients in a line each. Domains, errors, costs: as theirs, where not said otherwise.
// Throw InvalidArgument 401 … 403, 409, 419 (bound).
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// `bound`: of |x| (mpc/tensor/bound.h).
MPCTensor log1p(const MPCTensor& x, double bound = kUnbounded);  // log(1 + x), 2^-10 ≤ 1 + x ≤ 2^20: the absolute error of log, also near zero
MPCTensor expm1(const MPCTensor& x, double bound = kUnbounded);  // e^x − 1: the absolute error of exp
// sin / cos for |x| ≤ 2^15 and |tan x| ≤ 2^6: error (1 + tan²x)·2^-14 + |tan x|·2^-12.7 + 2 units at 16 fractional bits or more. 11 rounds: the cosine is at most 1.
MPCTensor tan(const MPCTensor& x);
// x^exponent. Whole exponents, of x of either sign: products (mpc/function/power), negative ones of the reciprocal's. Halves, of x > 0: roots times products. Others, of
// 2^-10 ≤ x ≤ 2^20: e^(exponent·log x), relative error |exponent|·(2^-13 + unit) + |log x|·2^-(37 − precision_bits) + 2^-13 (to first order) and 2.5 units, 12 rounds (13 beyond 18 bits); its value in
// exp's range. Outside: wrong numbers. `bound`: of |x|, for the reciprocal, root or logarithm in it.
MPCTensor real_power(const MPCTensor& x, double exponent, double bound = kUnbounded);

}  // namespace crypten
