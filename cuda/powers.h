// kernels/power_lanes.h over device memory: a thread for each element.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "crypten_core/kernels/power_lanes.h"

namespace crypten::cuda {

cudaError_t power_sums(const power_lanes::Sums& sums, uint64_t* out, cudaStream_t stream);

}  // namespace crypten::cuda
