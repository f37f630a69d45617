// A choice per element by a public bit, read from its bit plane: no tensor of words is made of it.
#pragma once

#include <ATen/core/Tensor.h>

namespace crypten {

// int64, contiguous, in a's sizes: element i is a_i − b_i where bit i of the plane is set (with `inverted`: clear), else b_i.
// So for b = share of x·σ and a = share of x, it is a share of x·(bit ⊕ σ). plane: [T, 1, 8] as in kernels/bit_slice.h, for a.numel() elements.
// Throws InvalidArgument: sizes of a and b differ, another dtype, a plane of another size, operands on different devices, a device without this kernel.
at::Tensor difference_or_second(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b);

}  // namespace crypten
