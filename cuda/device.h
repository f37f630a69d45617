// The device that the kernels of this folder run on, as torch names it. The tests put another header in this one's place (tests/cuda/emulation/include).
#pragma once

#include <c10/core/DeviceType.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

// The name of its dispatch key, for TORCH_LIBRARY_IMPL.
#define CRYPTEN_DEVICE_KEY CUDA

namespace crypten::cuda {

inline constexpr auto kDeviceType = c10::DeviceType::CUDA;
using DeviceGuard = c10::cuda::CUDAGuard;
inline cudaStream_t current_stream() { return c10::cuda::getCurrentCUDAStream(); }
// Bytes that the remainders of a product may take at once.
inline constexpr int64_t kProductWorkspace = int64_t{2} << 30;

}  // namespace crypten::cuda
