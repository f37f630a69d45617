#include "autograd/ops/arithmetic.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/product.h"

namespace crypten {

CrypTensor operator+(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(add(a.value(), b.value())); }
CrypTensor operator+(const CrypTensor& a, const Plain& b) { return CrypTensor(add(a.value(), b)); }
CrypTensor operator+(const Plain& a, const CrypTensor& b) { return CrypTensor(add(b.value(), a)); }
CrypTensor operator-(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(subtract(a.value(), b.value())); }
CrypTensor operator-(const CrypTensor& a, const Plain& b) { return CrypTensor(subtract(a.value(), b)); }
CrypTensor operator-(const Plain& a, const CrypTensor& b) { return CrypTensor(add(negate(b.value()), a)); }
CrypTensor operator-(const CrypTensor& a) { return CrypTensor(negate(a.value())); }
CrypTensor operator*(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(multiply(a.value(), b.value())); }
CrypTensor operator*(const CrypTensor& a, const Plain& b) { return CrypTensor(multiply(a.value(), b)); }
CrypTensor operator*(const Plain& a, const CrypTensor& b) { return CrypTensor(multiply(b.value(), a)); }
CrypTensor operator/(const CrypTensor& a, const Plain& b) { return CrypTensor(divide(a.value(), b)); }
CrypTensor square(const CrypTensor& a) { return CrypTensor(square(a.value())); }

CrypTensor matmul(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(matmul(a.value(), b.value())); }
CrypTensor matmul(const CrypTensor& a, const Plain& b) { return CrypTensor(matmul(a.value(), b)); }
CrypTensor matmul(const Plain& a, const CrypTensor& b) { return CrypTensor(matmul(a, b.value())); }

CrypTensor conv2d(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias, const Conv2dOptions& options) {
  return CrypTensor(conv2d(input.value(), weight.value(), bias.value(), options));
}

CrypTensor conv2d(const CrypTensor& input, const Plain& weight, const Conv2dOptions& options) { return CrypTensor(conv2d(input.value(), weight, options)); }

CrypTensor linear(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias) { return CrypTensor(linear(input.value(), weight.value(), bias.value())); }

}  // namespace crypten
