// kernels/narrow_words.h over device memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

// out[i] = element i of `bits` bits, i < n.
cudaError_t unpack_narrow(const uint64_t* words, int bits, int64_t n, uint64_t* out, cudaStream_t stream);

}  // namespace crypten::cuda
