// all_reduce: everyone learns the combination of what all hold.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// Sum over all ranks mod 2^64. Direct exchange: everyone sends his tensor to everyone; what arrives is added while the rest is on its way.
// Shapes: the same on all ranks. Device: the result is where the own tensor is. Cost: 1 round, 8 · numel · (n − 1) bytes.
// Throws: as Communicator::exchange; InvalidArgument for an undefined tensor.
RingTensor all_reduce(Communicator& communicator, const RingTensor& tensor);

// Several tensors in one round, each as above. Cost: 1 round, the sum of the bytes.
std::vector<RingTensor> all_reduce(Communicator& communicator, std::span<const RingTensor> tensors);

// XOR over all ranks, in place. Cost: 1 round, 8 · words.size() · (n − 1) bytes.
void all_reduce_xor(Communicator& communicator, std::span<uint64_t> words);

}  // namespace crypten
