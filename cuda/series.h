// kernels/series_lanes.h over device memory: a thread for each element.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "crypten_core/kernels/series_lanes.h"

namespace crypten::cuda {

cudaError_t series_sum(const series_lanes::Sum& sum, uint64_t* out, cudaStream_t stream);

}  // namespace crypten::cuda
