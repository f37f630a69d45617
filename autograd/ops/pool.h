// Pooling over (N, C, H, W).
#pragma once

#include <array>
#include <utility>

#include "autograd/cryptensor.h"
#include "mpc/tensor/pool.h"

namespace crypten {

CrypTensor max_pool2d(const CrypTensor& x, const Pool2dOptions& options);   // padding never wins, as in torch
std::pair<CrypTensor, CrypTensor> max_pool2d_with_indices(const CrypTensor& x, const Pool2dOptions& options);  // torch's indices: positions in an image
CrypTensor avg_pool2d(const CrypTensor& x, const Pool2dOptions& options);
CrypTensor adaptive_avg_pool2d(const CrypTensor& x, std::array<int64_t, 2> output);  // local: sums and a public factor
CrypTensor adaptive_max_pool2d(const CrypTensor& x, std::array<int64_t, 2> output, double bound = kUnbounded);

}  // namespace crypten
