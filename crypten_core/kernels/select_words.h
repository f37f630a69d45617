// A choice per element by a public bit, read from its bit plane: no tensor of words is made of it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "crypten_core/lazy_words.h"

namespace crypten {

// int64, contiguous, in `sizes`: `set` where the bit of the plane is set, else `clear`. plane: [T, 1, 8], any strides. Throws
// InvalidArgument as bit_to_words().
at::Tensor chosen_constants(const at::Tensor& plane, at::IntArrayRef sizes, int64_t set, int64_t clear);

// One term of a share: coefficient · share, the share alone where there is no coefficient.
struct SharedTerm {
  LazyWords share;
  at::Tensor coefficient;
};
// difference_or_second(plane, inverted, x, Σ of the terms) in one pass, where words that are not there are made as they are read. int64,
// contiguous, in `sizes`, to which all operands are broadcast. At least one term. Throws InvalidArgument as difference_or_second().
at::Tensor difference_or_sum(const at::Tensor& plane, bool inverted, const at::Tensor& x, std::span<const SharedTerm> terms,
                             at::IntArrayRef sizes);

// int64, contiguous, in a's sizes: element i is a_i − b_i where bit i of the plane is set (with `inverted`: clear), else b_i.
// So for b = share of x·σ and a = share of x, it is a share of x·(bit ⊕ σ). plane: [T, 1, 8] as in kernels/bit_slice.h, for a.numel()
// elements. Throws InvalidArgument: sizes of a and b differ, another dtype, a plane of another size, operands on different devices, a
// device without this kernel.
at::Tensor difference_or_second(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b);

// sum_i += a_i where bit i of the plane is set, else one − a_i, `one` being 1 where this party's share of it is. sum: contiguous, any
// sizes; a: as many elements; plane: [T, 1, 8], any strides. Throws InvalidArgument as above.
void add_or_complement(at::Tensor& sum, const at::Tensor& plane, const at::Tensor& a, bool holds_one);

}  // namespace crypten
