// Pooling of private reals over (N, C, H, W): one dimension after the other, windows as strided views, nothing copied.
// A pending truncation stays pending. Shapes and positions: torch's. Throws: InvalidArgument 402, 415, 419 (bound), 425; on all ranks alike, before anything is sent.
#pragma once

#include <array>

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

struct Pool2dOptions {
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  bool ceil_mode = false;
  bool count_include_pad = true;  // average only
  double bound = kUnbounded;      // of |x| (mpc/tensor/bound.h), maximum only: comparisons of fewer bits
};

// Padding never wins: windows consist of existing elements. At most 4·(⌈log2 kW⌉ + ⌈log2 kH⌉) rounds. Comparisons: kW − 1 for each row of each output column, then kH − 1
// for each output: at most kW·kH − 1 an output where windows do not overlap, fewer where they do; ≤ 13 B, dealer ≤ 60 B each. Where there are few outputs, a side of three or
// more takes fewer rounds and more comparisons (mpc/protocol/maximum.h).
MPCTensor max_pool2d(const MPCTensor& x, const Pool2dOptions& options);
// With the place of each output's element within its window, row · kW + column of the elements that exist (no fractional bits; the first of equal ones): the same rounds, and
// ≤ 8 B, dealer ≤ 16 B for each comparison more.
struct MaxPooled {
  MPCTensor value, place;
};
MaxPooled max_pool2d_with_places(const MPCTensor& x, const Pool2dOptions& options);
// torch's indices: positions in an image, row · W + column. 1 round, 1 B, dealer ≤ 8 · 2^k B an output for windows of at most 2^k ≤ 256 elements. Throws InvalidArgument (415): larger ones.
MPCTensor pooled_indices(const MPCTensor& place, at::IntArrayRef input_sizes, const Pool2dOptions& options);
// Backward selections: what each input gets of the gradient of the outputs that it was chosen for, or is part of. Of max pooling: one-hot vectors of the places (1 round,
// 1 B an output, dealer ≤ 8 · 2^k B), and a product (1 round, 8 B for each element of a window and each output). Of average pooling: local.
MPCTensor max_pool2d_backward(const MPCTensor& gradient, const MPCTensor& place, at::IntArrayRef input_sizes, const Pool2dOptions& options);
MPCTensor avg_pool2d_backward(const MPCTensor& gradient, at::IntArrayRef input_sizes, const Pool2dOptions& options);
MPCTensor adaptive_max_pool2d(const MPCTensor& x, std::array<int64_t, 2> output, double bound = kUnbounded);
// Local: sums, and a public factor for the number of elements (arithmetic.h: divide_by_count); 1 round and 8 B an output if the input's truncation is pending
// and that number is no power of two.
MPCTensor avg_pool2d(const MPCTensor& x, const Pool2dOptions& options);
MPCTensor adaptive_avg_pool2d(const MPCTensor& x, std::array<int64_t, 2> output);

}  // namespace crypten
