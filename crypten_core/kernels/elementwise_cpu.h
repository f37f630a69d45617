// kernels/elementwise.h over int64 CPU tensors, on the thread pool. Operands broadcast; the result is contiguous.
// Throws InvalidArgument: not int64 on the CPU, shapes that do not broadcast, shift or bits out of range, no parts.
#pragma once

#include <ATen/core/Tensor.h>

#include "crypten_core/lazy_words.h"

namespace crypten {

at::Tensor multiply_combine_cpu(const LazyWords& x, const LazyWords& y, const LazyWords& lambda, const LazyWords& mu,
                                const LazyWords& product, bool add_public);
at::Tensor truncate_combine_cpu(const LazyWords& opened, const LazyWords& high, const LazyWords& top, int64_t shift, int64_t bits,
                                bool add_public);
at::Tensor truncated_cpu(const at::Tensor& opened, int64_t shift, int64_t bits);  // [2, …]: TruncatedValue, TruncatedWrap
at::Tensor sum_cpu(at::TensorList parts);  // of one shape

// to[i] = from[i] − subtracted[i] for begin ≤ i < end, in row-major order. Contiguous, and of as many words.
void difference_of_part(const at::Tensor& to, const at::Tensor& from, const LazyWords& subtracted, int64_t begin, int64_t end);

}  // namespace crypten
