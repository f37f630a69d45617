// Running operations on CrypTensors with n parties, against torch on the plaintext (see tests/mpc/tensor/reals.h for quantised inputs and tolerances).
#pragma once

#include "autograd/cryptensor.h"
#include "tests/mpc/tensor/reals.h"

namespace crypten::testing {

using CrypInputs = std::vector<CrypTensor>;

inline CrypInputs as_cryptensors(const Inputs& inputs) { return CrypInputs(inputs.begin(), inputs.end()); }

template <typename Fn>
void check_crypt(const std::vector<at::Tensor>& plain, const at::Tensor& expected, double tolerance, Fn fn) {
  check_function(plain, expected, tolerance, [&](const Inputs& inputs) { return fn(as_cryptensors(inputs)).value(); });
}

template <typename Fn>
int crypt_refusal(const std::vector<at::Tensor>& plain, Fn fn) {
  return refusal(plain, [&](const Inputs& inputs) { fn(as_cryptensors(inputs)); }).code;
}

}  // namespace crypten::testing
