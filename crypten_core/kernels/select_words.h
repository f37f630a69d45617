// A choice per element by a public bit, read from its bit plane: no tensor of words is made of it.
#pragma once

#include <ATen/core/Tensor.h>

namespace crypten {

// int64, contiguous, in a's sizes: element i is a_i − b_i where bit i of the plane is set (with `inverted`: clear), else b_i.
// So for b = share of x·σ and a = share of x, it is a share of x·(bit ⊕ σ). plane: [T, 1, 8] as in kernels/bit_slice.h, for a.numel() elements.
// Throws InvalidArgument: sizes of a and b differ, another dtype, a plane of another size, operands on different devices, a device without this kernel.
at::Tensor difference_or_second(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b);

// sum_i += a_i where bit i of the plane is set, else one − a_i, `one` being 1 where this party's share of it is. sum: contiguous, any sizes; a: as many elements; plane: [T, 1, 8], any strides.
// Throws InvalidArgument as above.
void add_or_complement(at::Tensor& sum, const at::Tensor& plane, const at::Tensor& a, bool holds_one);

}  // namespace crypten
