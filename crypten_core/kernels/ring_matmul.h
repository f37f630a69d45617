// Matrix products mod 2^64 on the CPU. Exact for all operands and lengths.
#pragma once

#include <ATen/core/Tensor.h>

#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/public_operand.h"
#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

// torch.matmul for int64 tensors: 1-D operands, batches with broadcast leading dimensions, any strides (transposed operands are not copied
// first). What is `known` of a public operand changes no result. The shapes must fit (Bilinear::output_sizes checks them). Runs on the process's thread pool. Throws InvalidArgument: not int64,
// not on the CPU, shapes that do not fit.
at::Tensor ring_matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known = {}, KernelPath path = kernel_path());
at::Tensor ring_matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known, const RingKernels& kernels);

}  // namespace crypten
