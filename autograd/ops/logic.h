// Comparisons (results 0 or 1 with no fractional bits), selection, ReLU. `bound`: of |x|, or of |a| and |b| (mpc/tensor/bound.h).
#pragma once

#include "autograd/cryptensor.h"
#include "mpc/tensor/bound.h"

namespace crypten {

CrypTensor lt(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);  // operators < <= > >= == != in Python
CrypTensor le(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor gt(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor ge(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor eq(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor ne(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor lt(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor le(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor gt(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor ge(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor eq(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor ne(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor relu(const CrypTensor& x, double bound = kUnbounded);                       // fuses the pending truncation of a product
CrypTensor hardtanh(const CrypTensor& x, double low, double high, double bound = kUnbounded);
CrypTensor abs(const CrypTensor& x, double bound = kUnbounded);
CrypTensor sign(const CrypTensor& x, double bound = kUnbounded);                       // torch's: 0 at 0
CrypTensor where(const CrypTensor& condition, const CrypTensor& a, const CrypTensor& b);

}  // namespace crypten
