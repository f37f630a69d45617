// What pooling and its backward selections have in common: windows along both dimensions of images.
#pragma once

#include <array>

#include "mpc/tensor/pool.h"
#include "mpc/tensor/windows.h"

namespace crypten {

// Throws InvalidArgument (425) unless the shape is (N, C, H, W); windows as pool_windows().
std::array<Windows, 2> image_windows(at::IntArrayRef sizes, const Pool2dOptions& options, const char* operation);
// Elements by which each output is divided, along one dimension.
std::vector<int64_t> window_counts(const Windows& windows, bool padded);

}  // namespace crypten
