// gather: one rank learns what each holds.
#pragma once

#include <vector>

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// The tensors of all ranks, by rank, at `destination`; elsewhere an empty list.
// Shapes: the same on all ranks. Device: where the own tensor is. Cost: 1 round; 8 · numel bytes from each rank but the destination, which sends none.
// Throws: as Communicator::exchange; InvalidArgument for no such rank or an undefined tensor.
std::vector<RingTensor> gather(Communicator& communicator, const RingTensor& tensor, int destination);

}  // namespace crypten
