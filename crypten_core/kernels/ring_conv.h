// Two-dimensional convolution mod 2^64 on the CPU. Exact for all operands.
#pragma once

#include <ATen/core/Tensor.h>

#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/public_operand.h"
#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

// torch.nn.functional.conv2d without bias for int64: input (N, C, H, W), weight (O, C/groups, kH, kW), result (N, O, H', W'), contiguous.
// A product of the weights with the image's patches, which are packed panel by panel and never laid out in full; one channel per group runs
// directly. What is `known` of a public operand (left: the input) changes no result. Throws InvalidArgument: not int64, not on the CPU,
// shapes that do not fit.
at::Tensor ring_conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known = {},
                       KernelPath path = kernel_path());
at::Tensor ring_conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known, const RingKernels& kernels);

}  // namespace crypten
