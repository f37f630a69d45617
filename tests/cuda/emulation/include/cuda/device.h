// In place of cuda/device.h: the emulated device (emulation/torch_device.h).
#pragma once

#include <c10/core/DeviceGuard.h>
#include <c10/core/DeviceType.h>
#include <cuda_runtime_api.h>

#define CRYPTEN_DEVICE_KEY PrivateUse1

namespace crypten::cuda {

inline constexpr auto kDeviceType = c10::DeviceType::PrivateUse1;
using DeviceGuard = c10::DeviceGuard;
inline cudaStream_t current_stream() { return nullptr; }
inline constexpr int64_t kProductWorkspace = int64_t{8} << 20;  // so that products are cut into parts at sizes that tests have

}  // namespace crypten::cuda
