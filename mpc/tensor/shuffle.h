// Orders that nobody knows (mpc/protocol/shuffle.h). Throws: InvalidArgument 401 … 403, 425 (no dimension), 408 (different numbers of rows), 426 (negative size). On all ranks alike,
// before anything is sent.
#pragma once

#include <memory>
#include <vector>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Rows (dimension 0) in a random order, the same for all tensors: examples with their labels. A pending truncation stays pending. One round for each party; 8 B an element in all
// but the own one, to one party each; dealer 8 B an element and party. Opens: x − λ, to one party in each round.
std::vector<MPCTensor> shuffle(const std::vector<MPCTensor>& tensors);
MPCTensor shuffle(const MPCTensor& x);
// A random order of 0 … n − 1, as torch's randperm; no fractional bits. A round for each party but one.
MPCTensor randperm(std::shared_ptr<Party> party, int64_t n, at::Device device = at::kCPU);

}  // namespace crypten
