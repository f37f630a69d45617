// Sums and products. Rounds and bytes as in docs/costs.md; products with plaintext are local.
#pragma once

#include "autograd/cryptensor.h"
#include "crypten_core/bilinear.h"

namespace crypten {

CrypTensor operator+(const CrypTensor& a, const CrypTensor& b);
CrypTensor operator+(const CrypTensor& a, const Plain& b);
CrypTensor operator+(const Plain& a, const CrypTensor& b);
CrypTensor operator-(const CrypTensor& a, const CrypTensor& b);
CrypTensor operator-(const CrypTensor& a, const Plain& b);
CrypTensor operator-(const Plain& a, const CrypTensor& b);
CrypTensor operator-(const CrypTensor& a);
CrypTensor operator*(const CrypTensor& a, const CrypTensor& b);   // broadcasting
CrypTensor operator*(const CrypTensor& a, const Plain& b);
CrypTensor operator*(const Plain& a, const CrypTensor& b);
CrypTensor operator/(const CrypTensor& a, const Plain& b);        // public divisor, not zero
CrypTensor square(const CrypTensor& a);

CrypTensor matmul(const CrypTensor& a, const CrypTensor& b);      // torch.matmul's shapes
CrypTensor matmul(const CrypTensor& a, const Plain& b);
CrypTensor matmul(const Plain& a, const CrypTensor& b);
CrypTensor conv2d(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias /* may be undefined */, const Conv2dOptions& options = {});
CrypTensor conv2d(const CrypTensor& input, const Plain& weight, const Conv2dOptions& options = {});
CrypTensor linear(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias /* may be undefined */);

}  // namespace crypten
