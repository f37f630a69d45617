// Maxima and minima of private reals along a dimension, with the position of the first: torch's rule for ties.
// A pending truncation stays pending. Throws: InvalidArgument 402, 416 (no elements); IndexError 412. On all ranks alike, before anything is sent.
#pragma once

#include <utility>

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

enum class Extreme { largest, smallest };
// What is wanted besides the value: positions 0 … n − 1 (in the value's shape), or vectors with a single 1 (in the shape of x). Both have no fractional bits.
enum class Position { none, index, one_hot };

struct Extremum {
  MPCTensor value, position;  // position is undefined where none was asked for
};
// At most ⌈log2 n⌉ · 4 rounds, ≤ 13 B, dealer ≤ 60 B an input; of few rows fewer rounds for more bytes (mpc/protocol/maximum.h). The index: + ≤ 8 B, dealer ≤ 16 B an input,
// no round. One-hot, n ≤ 256: the index is opened in its k = ⌈log2 n⌉ bits under a mask, and read from a one-hot vector of the mask's bits: + 1 round, k/8 B and dealer
// 8·(2^k − 1) B a row, less than 16 B an input. More: it is opened (8 B) and compared with 0 … n − 1, in as many bits as n has: + 3 … 4 rounds, ≤ 5 B, dealer ≤ 52 B an input.
// `bound`: of |x| (mpc/tensor/bound.h): a tournament of fewer bits.
Extremum extremum(const MPCTensor& x, Extreme which, int64_t dim, bool keepdim, Position position, double bound = kUnbounded);
// Of all elements, as one row; positions count in memory order. One-hot has the shape of x; keepdim leaves dimensions of 1.
Extremum extremum(const MPCTensor& x, Extreme which, bool keepdim, Position position, double bound = kUnbounded);

}  // namespace crypten
