// Convolutions of private reals in one, two and three dimensions, and transposed ones, over (N, C, …) as torch's. Results: as all products, truncation pending (product.h).
// Cost: 1 round, 8 B for each element of an operand that is not open yet, whatever the number of dimensions. Dealer: 8 B for each element of the result; three dimensions:
// times the kernel's depth, one product of matrices for each layer of it; transposed: 8 B for each input position, output channel and kernel element, which are then summed
// locally where they fall on one another. With a public weight local. Opens: x − λ.
// Throws: InvalidArgument 401 … 403, 121 … 123, 408 (bias), 425 (dimensions), 437 (options). All before anything is sent, on all ranks alike.
#pragma once

#include <vector>

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// One number for each dimension of space.
struct ConvOptions {
  std::vector<int64_t> stride, padding, dilation;
  int64_t groups = 1;
};
// input (N, C, …), weight (O, C/groups, …), bias (O) or undefined. One to three dimensions of space.
MPCTensor conv(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const ConvOptions& options);
MPCTensor conv(const MPCTensor& input, const Plain& weight, const MPCTensor& bias, const ConvOptions& options);
// input (N, C, …), weight (C, O/groups, …), bias (O) or undefined; result of (size − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1 in each dimension.
MPCTensor conv_transpose(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding);
MPCTensor conv_transpose(const MPCTensor& input, const Plain& weight, const MPCTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding);

}  // namespace crypten
