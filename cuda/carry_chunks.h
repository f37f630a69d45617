// kernels/carry_lanes.h over device memory: one launch for a chunk, a thread for each word of 64 elements.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "crypten_core/kernels/carry_lanes.h"

namespace crypten::cuda {

cudaError_t carry_chunk(const CarryTile& chunk, int64_t tiles, cudaStream_t stream);

}  // namespace crypten::cuda
