// What kernels are written in, over emulation/execution.h.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

#include "tests/cuda/emulation/execution.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)

struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) ulonglong2 {
  unsigned long long x, y;
};
inline ulonglong2 make_ulonglong2(unsigned long long x, unsigned long long y) { return {x, y}; }

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

#pragma GCC visibility push(default)
// Of the thread that runs.
extern constinit thread_local emulation::Extent threadIdx, blockIdx, blockDim, gridDim;

inline void __syncthreads() { ::emulation::meet_block(); }
unsigned __ballot_sync(unsigned lanes, int vote);
unsigned long long __shfl_xor_sync(unsigned lanes, unsigned long long value, int distance);
#pragma GCC visibility pop

inline unsigned long long atomicAdd(unsigned long long* to,
                                    unsigned long long value) {  // one thread runs at a time on a device, but two parties' launches may run side by side
  return __atomic_fetch_add(to, value, __ATOMIC_RELAXED);
}

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

template <typename... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute, int value) {
  return ::emulation::allow_shared(reinterpret_cast<const void*>(kernel), value) ? cudaSuccess : cudaErrorInvalidValue;
}

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...), Arguments&&... arguments) {
  const ::emulation::Grid grid{
      {config->gridDim.x, config->gridDim.y, config->gridDim.z}, {config->blockDim.x, config->blockDim.y, config->blockDim.z}, config->dynamicSmemBytes};
  // Arguments are copied when a kernel is launched, not when it runs.
  const auto run = [kernel, ... copies = Parameters(std::forward<Arguments>(arguments))] { kernel(copies...); };
  return ::emulation::launch(reinterpret_cast<const void*>(kernel), grid, run) ? cudaSuccess : cudaErrorInvalidConfiguration;
}
