// Pooling over (N, C, H, W).
#pragma once

#include <array>

#include "autograd/cryptensor.h"

namespace crypten {

struct Pool2dOptions {
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  bool ceil_mode = false;
  bool count_include_pad = true;  // average only
};
CrypTensor max_pool2d(const CrypTensor& x, const Pool2dOptions& options);   // padding never wins, as in torch
CrypTensor avg_pool2d(const CrypTensor& x, const Pool2dOptions& options);
CrypTensor adaptive_avg_pool2d(const CrypTensor& x, std::array<int64_t, 2> output);  // local: sums and a public factor
CrypTensor adaptive_max_pool2d(const CrypTensor& x, std::array<int64_t, 2> output);

}  // namespace crypten
