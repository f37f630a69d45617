#include "autograd/ops/exponential.h"

#include "mpc/function/derived.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/roots.h"
#include "mpc/function/softmax.h"

namespace crypten {

CrypTensor exp(const CrypTensor& x) { return CrypTensor(exp(x.value())); }
CrypTensor expm1(const CrypTensor& x) { return CrypTensor(expm1(x.value())); }
CrypTensor log(const CrypTensor& x) { return CrypTensor(log(x.value())); }
CrypTensor log1p(const CrypTensor& x) { return CrypTensor(log1p(x.value())); }
CrypTensor reciprocal(const CrypTensor& x, ReciprocalDomain domain) { return CrypTensor(reciprocal(x.value(), domain)); }
CrypTensor operator/(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(divide(a.value(), b.value())); }
CrypTensor operator/(const Plain& a, const CrypTensor& b) { return CrypTensor(divide(a, b.value())); }
CrypTensor sqrt(const CrypTensor& x) { return CrypTensor(sqrt(x.value())); }
CrypTensor inv_sqrt(const CrypTensor& x) { return CrypTensor(inv_sqrt(x.value())); }
CrypTensor tan(const CrypTensor& x) { return CrypTensor(tan(x.value())); }
CrypTensor real_power(const CrypTensor& x, double exponent) { return CrypTensor(real_power(x.value(), exponent)); }
CrypTensor softmax(const CrypTensor& x, int64_t dim) { return CrypTensor(softmax(x.value(), dim)); }
CrypTensor log_softmax(const CrypTensor& x, int64_t dim) { return CrypTensor(log_softmax(x.value(), dim)); }
CrypTensor logsumexp(const CrypTensor& x, int64_t dim, bool keepdim) { return CrypTensor(logsumexp(x.value(), dim, keepdim)); }

}  // namespace crypten
