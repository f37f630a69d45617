// What the launches of this folder share; for its .cu files. Kernels take raw pointers and launch on `stream`, so that nvcc reads no torch header.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace crypten::cuda {

inline constexpr unsigned kThreads = 256;
inline constexpr int64_t kMostBlocks = 1 << 16;  // enough to fill any device; each thread goes on from there

// Blocks for `count` threads' work.
inline unsigned blocks_for(int64_t count, int64_t threads = kThreads) {
  const int64_t blocks = (count + threads - 1) / threads;
  return static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
}

// Starts the kernel and returns. Through a function of the runtime, not through <<<>>>, which no other compiler than nvcc reads: the tests run these launches
// on the CPU. The value is cudaGetLastError()'s, which forgets an error of this launch.
template <typename... Parameters, typename... Arguments>
cudaError_t launch_shared(size_t shared_bytes, void (*kernel)(Parameters...), unsigned blocks, unsigned threads, cudaStream_t stream,
                          Arguments&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(threads);
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  const cudaError_t error = cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
  const cudaError_t last = cudaGetLastError();
  return error != cudaSuccess ? error : last;
}
template <typename... Parameters, typename... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), unsigned blocks, cudaStream_t stream, Arguments&&... arguments) {
  return launch_shared(0, kernel, blocks, kThreads, stream, std::forward<Arguments>(arguments)...);
}

// call(std::integral_constant<int, value>()), for kernels that are compiled for each value kFirst … kLast.
template <int kFirst, int kLast, class Call>
cudaError_t with_constant(int value, const Call& call) {
  if constexpr (kFirst > kLast) {
    return cudaErrorInvalidValue;
  } else {
    return value == kFirst ? call(std::integral_constant<int, kFirst>()) : with_constant<kFirst + 1, kLast>(value, call);
  }
}

__device__ inline int64_t first_index() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline int64_t index_step() { return int64_t{blockDim.x} * gridDim.x; }

}  // namespace crypten::cuda
