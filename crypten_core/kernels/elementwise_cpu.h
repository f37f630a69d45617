// kernels/elementwise.h over int64 CPU tensors, on the thread pool. Operands broadcast; the result is contiguous.
// Throws InvalidArgument: not int64 on the CPU, shapes that do not broadcast, shift or bits out of range, no parts.
#pragma once

#include <ATen/core/Tensor.h>

namespace crypten {

at::Tensor multiply_combine_cpu(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu,
                                const at::Tensor& product, bool add_public);
at::Tensor truncate_combine_cpu(const at::Tensor& opened, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits, bool add_public);
at::Tensor truncated_cpu(const at::Tensor& opened, int64_t shift, int64_t bits);  // [2, …]: TruncatedValue, TruncatedWrap
at::Tensor sum_cpu(at::TensorList parts);  // of one shape

}  // namespace crypten
