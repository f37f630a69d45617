// Comparisons (results 0 or 1 with no fractional bits), selection, ReLU.
#pragma once

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor lt(const CrypTensor& a, const CrypTensor& b);  // operators < <= > >= == != in Python
CrypTensor le(const CrypTensor& a, const CrypTensor& b);
CrypTensor gt(const CrypTensor& a, const CrypTensor& b);
CrypTensor ge(const CrypTensor& a, const CrypTensor& b);
CrypTensor eq(const CrypTensor& a, const CrypTensor& b);
CrypTensor ne(const CrypTensor& a, const CrypTensor& b);
CrypTensor lt(const CrypTensor& a, const Plain& b);
CrypTensor le(const CrypTensor& a, const Plain& b);
CrypTensor gt(const CrypTensor& a, const Plain& b);
CrypTensor ge(const CrypTensor& a, const Plain& b);
CrypTensor eq(const CrypTensor& a, const Plain& b);
CrypTensor ne(const CrypTensor& a, const Plain& b);
CrypTensor relu(const CrypTensor& x);                       // fuses the pending truncation of a product
CrypTensor hardtanh(const CrypTensor& x, double low, double high);
CrypTensor abs(const CrypTensor& x);
CrypTensor sign(const CrypTensor& x);                       // torch's: 0 at 0
CrypTensor where(const CrypTensor& condition, const CrypTensor& a, const CrypTensor& b);

}  // namespace crypten
