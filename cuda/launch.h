// What the launches of this folder share. Kernels take raw pointers and launch on `stream`, so that nvcc reads no torch header; each function returns
// cudaGetLastError()'s value.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

inline constexpr unsigned kThreads = 256;
inline constexpr int64_t kMostBlocks = 1 << 16;  // enough to fill any device; each thread goes on from there

// Blocks for `count` threads' work.
inline unsigned blocks_for(int64_t count, int64_t threads = kThreads) {
  const int64_t blocks = (count + threads - 1) / threads;
  return static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
}

#ifdef __CUDACC__
__device__ inline int64_t first_index() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline int64_t index_step() { return int64_t{blockDim.x} * gridDim.x; }
#endif

}  // namespace crypten::cuda
