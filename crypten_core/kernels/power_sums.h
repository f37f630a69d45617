// Sums of powers (kernels/power_lanes.h) of tensors: the CPU's kernel, and the checks of all devices' (kernels/operators.h calls them by device).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "crypten_core/kernels/power_lanes.h"

namespace crypten {

// Where the elements lie, without those of the result. Throws InvalidArgument (142): not int64 or not contiguous, tables that are not a power of two of
// opened's size, factors that are not [F, 4], bits that do not fit in a word. What the factors say is not looked at: they may lie on a device.
power_lanes::Sums power_sums_of(const at::Tensor& opened, at::TensorList tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope,
                                int64_t groups);

at::Tensor power_sums_cpu(const at::Tensor& opened, at::TensorList tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope,
                          int64_t groups);

}  // namespace crypten
