// scatter: one rank gives each rank a tensor of its own.
#pragma once

#include <span>

#include "comm/communicator.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// parts[own rank] of the source. Only the source has parts, one per rank, all of shape `sizes`; the others pass none.
// Device: the own part's at the source, elsewhere `device`. Cost: 1 round; 8 · numel · (n − 1) bytes from the source, the others send none.
// Throws: as Communicator::exchange; InvalidArgument for no such rank, or parts that are not as said.
RingTensor scatter(Communicator& communicator, std::span<const RingTensor> parts, at::IntArrayRef sizes, int source, at::Device device = at::kCPU);

}  // namespace crypten
