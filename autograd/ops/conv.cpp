#include "autograd/ops/conv.h"

namespace crypten {

CrypTensor conv(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias, const ConvOptions& options) {
  return CrypTensor(conv(input.value(), weight.value(), bias.value(), options));
}
CrypTensor conv(const CrypTensor& input, const Plain& weight, const CrypTensor& bias, const ConvOptions& options) {
  return CrypTensor(conv(input.value(), weight, bias.value(), options));
}
CrypTensor conv_transpose(const CrypTensor& input, const CrypTensor& weight, const CrypTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding) {
  return CrypTensor(conv_transpose(input.value(), weight.value(), bias.value(), options, output_padding));
}
CrypTensor conv_transpose(const CrypTensor& input, const Plain& weight, const CrypTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding) {
  return CrypTensor(conv_transpose(input.value(), weight, bias.value(), options, output_padding));
}

}  // namespace crypten
