// Parts of private tensors by public indices. All local: 0 rounds, 0 bytes, nothing opened. Views keep a cached opening; parts share a pending truncation with their source.
// Throws: InvalidArgument 402, 424 (index no integers, step below 1); IndexError 412 (dimension), 414 (index). On all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor select(const MPCTensor& x, int64_t dim, int64_t index);  // the dimension is removed; −1 is the last
MPCTensor slice(const MPCTensor& x, int64_t dim, int64_t start, int64_t end, int64_t step = 1);  // Python's rules for start and end
MPCTensor index_select(const MPCTensor& x, int64_t dim, const at::Tensor& index);                // copies, so the opening does not survive
std::vector<MPCTensor> split(const MPCTensor& x, int64_t size, int64_t dim = 0);                 // the last part may be smaller

}  // namespace crypten
