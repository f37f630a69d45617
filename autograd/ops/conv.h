// Convolutions over (N, C, …) with one to three dimensions of space, and transposed ones: torch's shapes and options. Cost: mpc/tensor/conv.h.
#pragma once

#include "autograd/cryptensor.h"
#include "mpc/tensor/conv.h"

namespace crypten {

// The bias may be undefined. As many dimensions as the options have numbers.
CrypTensor conv(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias, const ConvOptions& options);
CrypTensor conv(const CrypTensor& input, const Plain& weight, const CrypTensor& bias, const ConvOptions& options);
CrypTensor conv_transpose(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding);
CrypTensor conv_transpose(const CrypTensor& input, const Plain& weight, const CrypTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding);

}  // namespace crypten
