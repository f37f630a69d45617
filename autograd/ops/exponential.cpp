#include "autograd/ops/exponential.h"

#include "mpc/function/derived.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/roots.h"
#include "mpc/function/softmax.h"

namespace crypten {

CrypTensor exp(const CrypTensor& x, double bound) { return CrypTensor(exp(x.value(), bound)); }
CrypTensor expm1(const CrypTensor& x, double bound) { return CrypTensor(expm1(x.value(), bound)); }
CrypTensor log(const CrypTensor& x, double bound) { return CrypTensor(log(x.value(), bound)); }
CrypTensor log1p(const CrypTensor& x, double bound) { return CrypTensor(log1p(x.value(), bound)); }
CrypTensor reciprocal(const CrypTensor& x, ReciprocalDomain domain, double bound) { return CrypTensor(reciprocal(x.value(), domain, bound)); }
CrypTensor divide(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(divide(a.value(), b.value(), ReciprocalDomain::both_signs, bound)); }
CrypTensor divide(const Plain& a, const CrypTensor& b, double bound) { return CrypTensor(divide(a, b.value(), ReciprocalDomain::both_signs, bound)); }
CrypTensor operator/(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(divide(a.value(), b.value())); }
CrypTensor operator/(const Plain& a, const CrypTensor& b) { return CrypTensor(divide(a, b.value())); }
CrypTensor sqrt(const CrypTensor& x, double bound) { return CrypTensor(sqrt(x.value(), bound)); }
CrypTensor inv_sqrt(const CrypTensor& x, double bound) { return CrypTensor(inv_sqrt(x.value(), bound)); }
CrypTensor tan(const CrypTensor& x) { return CrypTensor(tan(x.value())); }
CrypTensor real_power(const CrypTensor& x, double exponent, double bound) { return CrypTensor(real_power(x.value(), exponent, bound)); }
CrypTensor softmax(const CrypTensor& x, int64_t dim, double bound) { return CrypTensor(softmax(x.value(), dim, bound)); }
CrypTensor log_softmax(const CrypTensor& x, int64_t dim, double bound) { return CrypTensor(log_softmax(x.value(), dim, bound)); }
CrypTensor logsumexp(const CrypTensor& x, int64_t dim, bool keepdim, double bound) { return CrypTensor(logsumexp(x.value(), dim, keepdim, bound)); }

}  // namespace crypten
