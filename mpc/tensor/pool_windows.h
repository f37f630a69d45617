// What pooling and its backward selections have in common: windows along both dimensions of images.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "mpc/tensor/pool.h"
#include "mpc/tensor/windows.h"

namespace crypten {

// Throws InvalidArgument (425) unless the shape is (N, C, H, W).
void check_image(at::IntArrayRef sizes, const char* operation);
// check_image, then windows as pool_windows().
std::array<Windows, 2> image_windows(at::IntArrayRef sizes, const Pool2dOptions& options, const char* operation);
// Elements by which each output is divided, along one dimension.
std::vector<int64_t> window_counts(const Windows& windows, bool padded);
// By which all outputs are divided, if that is the same number, from window_counts() along both dimensions.
std::optional<int64_t> common_count(const std::vector<int64_t>& high, const std::vector<int64_t>& wide);

// Tensors of one shape that are reduced together: a value, and what stands beside it.
using Reduced = std::vector<ArithmeticShared>;
// Applies `reduce`, which removes the last dimension, to the windows along `dim` of all of x: to each run of them (windows.h), side by side. The results are joined.
Reduced reduce_windows(Party& party, const Reduced& x, int64_t dim, const Windows& windows, const std::function<Reduced(const Reduced&)>& reduce);

}  // namespace crypten
