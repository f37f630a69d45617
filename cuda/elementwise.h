// kernels/elementwise.h over device memory. Raw pointers, so that nvcc reads no torch header; every array has `count` words.
// Launches on `stream` and returns. The value returned is cudaGetLastError()'s.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

cudaError_t multiply_combine(const uint64_t* x, const uint64_t* y, const uint64_t* lambda, const uint64_t* mu, const uint64_t* product,
                             uint64_t* out, int64_t count, bool add_public, cudaStream_t stream);
cudaError_t truncate_combine(const uint64_t* opened, const uint64_t* high, const uint64_t* top, uint64_t* out, int64_t count, int shift,
                             int bits, bool add_public, cudaStream_t stream);
cudaError_t truncated(const uint64_t* opened, uint64_t* value, uint64_t* wrap, int64_t count, int shift, int bits, cudaStream_t stream);
cudaError_t add(const uint64_t* x, const uint64_t* y, uint64_t* out, int64_t count, cudaStream_t stream);  // out may be x or y

}  // namespace crypten::cuda
