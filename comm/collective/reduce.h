// reduce: one rank learns the sum of what all hold.
#pragma once

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// Sum over all ranks mod 2^64, at `destination`; elsewhere the result is undefined (defined() is false).
// Shapes: the same on all ranks. Device: where the own tensor is. Cost: 1 round; 8 · numel bytes from each rank but the destination, which sends none.
// Throws: as Communicator::exchange; InvalidArgument for no such rank or an undefined tensor.
RingTensor reduce(Communicator& communicator, const RingTensor& tensor, int destination);

}  // namespace crypten
