// Exponentials, logarithms, quotients, roots and softmax. Domains, errors and methods: the headers of mpc/function; costs: docs/costs.md.
#pragma once

#include "autograd/cryptensor.h"
#include "mpc/function/reciprocal.h"

namespace crypten {

CrypTensor exp(const CrypTensor& x, double bound = kUnbounded);
CrypTensor expm1(const CrypTensor& x, double bound = kUnbounded);
CrypTensor log(const CrypTensor& x, double bound = kUnbounded);
CrypTensor log1p(const CrypTensor& x, double bound = kUnbounded);
CrypTensor reciprocal(const CrypTensor& x, ReciprocalDomain domain = ReciprocalDomain::both_signs, double bound = kUnbounded);
CrypTensor divide(const CrypTensor& a, const CrypTensor& b, double bound);  // of |b|
CrypTensor divide(const Plain& a, const CrypTensor& b, double bound);
CrypTensor operator/(const CrypTensor& a, const CrypTensor& b);  // broadcasting
CrypTensor operator/(const Plain& a, const CrypTensor& b);
CrypTensor sqrt(const CrypTensor& x, double bound = kUnbounded);
CrypTensor inv_sqrt(const CrypTensor& x, double bound = kUnbounded);
CrypTensor tan(const CrypTensor& x);
CrypTensor real_power(const CrypTensor& x, double exponent, double bound = kUnbounded);
CrypTensor softmax(const CrypTensor& x, int64_t dim, double bound = kUnbounded);
CrypTensor log_softmax(const CrypTensor& x, int64_t dim, double bound = kUnbounded);
CrypTensor logsumexp(const CrypTensor& x, int64_t dim, bool keepdim = false, double bound = kUnbounded);

}  // namespace crypten
