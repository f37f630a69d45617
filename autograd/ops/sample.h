// Random private tensors that no party knows or controls (mpc/tensor/sample.h, mpc/tensor/shuffle.h), and tables read at private places (mpc/tensor/table.h).
// crypten::rand, crypten::randn, crypten::randperm and crypten::bernoulli of public probabilities need no tensor, but may be told a device: these do.
#pragma once

#include <vector>

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor bernoulli(const CrypTensor& probabilities);                  // 0 or 1
CrypTensor dropout(const CrypTensor& x, double p, bool training = true);  // which elements are dropped stays private
std::vector<CrypTensor> shuffle(const std::vector<CrypTensor>& tensors);  // rows in one random order
CrypTensor look_up(const Plain& table, const CrypTensor& index);          // table[index]
CrypTensor look_up(const CrypTensor& table, const CrypTensor& index);

}  // namespace crypten
