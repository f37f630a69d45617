// Sums, means, maxima. Ties: the first index wins, as in torch. `bound`: of |x| (mpc/tensor/bound.h).
#pragma once

#include <utility>

#include "autograd/cryptensor.h"
#include "mpc/tensor/bound.h"

namespace crypten {

CrypTensor sum(const CrypTensor& x, at::IntArrayRef dims = {}, bool keepdim = false);   // no dims: all
CrypTensor mean(const CrypTensor& x, at::IntArrayRef dims = {}, bool keepdim = false);
CrypTensor max(const CrypTensor& x);  // of all elements
std::pair<CrypTensor, CrypTensor> max(const CrypTensor& x, int64_t dim, bool keepdim = false, bool one_hot = true, double bound = kUnbounded);  // value, argmax (CrypTen's default: one-hot)
CrypTensor argmax(const CrypTensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, bool one_hot = true, double bound = kUnbounded);
CrypTensor min(const CrypTensor& x);
std::pair<CrypTensor, CrypTensor> min(const CrypTensor& x, int64_t dim, bool keepdim = false, bool one_hot = true, double bound = kUnbounded);
CrypTensor argmin(const CrypTensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, bool one_hot = true, double bound = kUnbounded);

}  // namespace crypten
