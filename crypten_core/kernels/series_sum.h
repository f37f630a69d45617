// Sums of series (kernels/series_lanes.h) of tensors: the CPU's kernel, an element at a time, and the checks of all devices' (kernels/operators.h calls them by
// device).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

// angles: contiguous; shares: contiguous [2·H, …] with as many elements a row; terms: contiguous [3, H]. Throws InvalidArgument (142) otherwise, and for shifts
// that are none.
void check_series(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down);

at::Tensor series_sum_cpu(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down, int64_t constant);

}  // namespace crypten
