// broadcast: everyone learns what one rank holds.
#pragma once

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// The source's tensor. The other ranks pass a tensor of the same shape, of which only shape and device are read.
// Device: where the own tensor is. Cost: 1 round; 8 · numel · (n − 1) bytes from the source, the others send none.
// Throws: as Communicator::exchange; InvalidArgument for no such rank or an undefined tensor.
RingTensor broadcast(Communicator& communicator, const RingTensor& tensor, int source);

// Bytes, in place; the same size on all ranks. Cost: 1 round; size · (n − 1) bytes from the source.
void broadcast(Communicator& communicator, MutableBytes data, int source);

}  // namespace crypten
