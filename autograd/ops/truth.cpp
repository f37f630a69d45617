#include "autograd/ops/truth.h"

#include "mpc/tensor/truth.h"

namespace crypten {

CrypTensor logical_not(const CrypTensor& a) { return CrypTensor(logical_not(a.value())); }
CrypTensor logical_and(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(logical_and(a.value(), b.value())); }
CrypTensor logical_and(const CrypTensor& a, const Plain& b) { return CrypTensor(logical_and(a.value(), b)); }
CrypTensor logical_or(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(logical_or(a.value(), b.value())); }
CrypTensor logical_or(const CrypTensor& a, const Plain& b) { return CrypTensor(logical_or(a.value(), b)); }
CrypTensor logical_xor(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(logical_xor(a.value(), b.value())); }
CrypTensor logical_xor(const CrypTensor& a, const Plain& b) { return CrypTensor(logical_xor(a.value(), b)); }

}  // namespace crypten
