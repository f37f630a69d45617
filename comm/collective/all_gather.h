// all_gather: everyone learns what each holds.
#pragma once

#include <span>
#include <vector>

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// The tensors of all ranks, by rank.
// Shapes: the same on all ranks. Device: where the own tensor is. Cost: 1 round, 8 · numel · (n − 1) bytes.
// Throws: as Communicator::exchange; InvalidArgument for an undefined tensor.
std::vector<RingTensor> all_gather(Communicator& communicator, const RingTensor& tensor);

// Of different shapes: sizes[rank], public, the same list on all ranks. Cost: as above with the own numel.
// Throws InvalidArgument: not one entry per rank, or the own tensor has other sizes.
std::vector<RingTensor> all_gather(Communicator& communicator, const RingTensor& tensor, std::span<const std::vector<int64_t>> sizes);

}  // namespace crypten
