// Random private tensors that no party knows or controls (mpc/tensor/sample.h). crypten::rand and crypten::bernoulli of public probabilities need no tensor: these two do.
#pragma once

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor bernoulli(const CrypTensor& probabilities);                  // 0 or 1
CrypTensor dropout(const CrypTensor& x, double p, bool training = true);  // which elements are dropped stays private

}  // namespace crypten
