#include "autograd/ops/sample.h"

#include "mpc/tensor/sample.h"

namespace crypten {

CrypTensor bernoulli(const CrypTensor& probabilities) { return CrypTensor(bernoulli(probabilities.value())); }
CrypTensor dropout(const CrypTensor& x, double p, bool training) { return CrypTensor(dropout(x.value(), p, training)); }

}  // namespace crypten
