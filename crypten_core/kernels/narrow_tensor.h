// Narrow words (kernels/narrow_words.h) of tensors: the CPU's kernel, and the checks of all devices' (kernels/operators.h calls them by device).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

// Throws InvalidArgument (160): bits outside 1 … 64, not contiguous int64 words, fewer than the elements take.
void check_narrow(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes);

at::Tensor unpack_narrow_cpu(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes);

}  // namespace crypten
