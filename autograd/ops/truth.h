// Logic on truth values (0 or 1, as comparisons give; of other numbers it means nothing). On results of comparisons: 0 rounds.
#pragma once

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor logical_not(const CrypTensor& a);
CrypTensor logical_and(const CrypTensor& a, const CrypTensor& b);
CrypTensor logical_and(const CrypTensor& a, const Plain& b);
CrypTensor logical_or(const CrypTensor& a, const CrypTensor& b);
CrypTensor logical_or(const CrypTensor& a, const Plain& b);
CrypTensor logical_xor(const CrypTensor& a, const CrypTensor& b);
CrypTensor logical_xor(const CrypTensor& a, const Plain& b);

}  // namespace crypten
