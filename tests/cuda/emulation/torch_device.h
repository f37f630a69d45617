// Two devices of torch's PrivateUse1 in this process's memory (emulation/memory.h), named "emulated". Loading this library registers them. Of torch's operators
// they have what makes, views and copies tensors; all others run on the CPU and are copied back, after the checks that a CUDA device makes: operands on one
// device, and no products of matrices of integers, for which CUDA has none.
#pragma once

#include <c10/core/Device.h>

namespace emulation {

inline constexpr int kDevices = 2;

}  // namespace emulation
