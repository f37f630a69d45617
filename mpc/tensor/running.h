// Running sums, traces and products of private reals.
// Throws: InvalidArgument 402, 435 (trace: no matrix); IndexError 412. On all ranks alike, before anything is sent.
#pragma once

#include <optional>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor cumsum(const MPCTensor& x, int64_t dim);  // local, exact
MPCTensor trace(const MPCTensor& x);                // local, exact
// The product of n factors by a tree: ⌈log2 n⌉ rounds, n − 1 products; 8 B for each factor, and for each inner product by its truncation. Products of integers carry no rounding.
// Each partial product must stay in range; with dithered truncation, an error of one unit in each. Opens: x − λ. Of no factors: 1. No dim: of all elements.
MPCTensor prod(const MPCTensor& x, std::optional<int64_t> dim, bool keepdim);

}  // namespace crypten
