// Normally distributed private numbers that no party knows or controls: mean 0, variance 1.
//
// Method: Box and Muller (Annals of Mathematical Statistics 29, 1958), two numbers from two uniform ones: √(−2 ln u)·cos 2πv and √(−2 ln u)·sin 2πv. u = (k + 1)/2^36 with 36 shared
// random bits k; v is free: uniform words of each party are shares of a uniform angle. f: precision_bits, 8 … 24.
// Distribution: numbers reach ±7.06; with probability 2^-30 u lies below log's domain, where the root is wrong by less than 1. Else a number r·cos 2πv is off by at most
// 2^-11/r + 2^-12 for r ≥ 1/16, so that no probability P(x < c) is off by more than 2^-11: distinguishable from normal numbers after some 2^20 of them, no noise for
// differential privacy with small budgets (floating-point caveats of such noise apply to 16 fractional bits alike).
// 18 rounds; for each number 57 B, dealer 379 B at f = 16. Opens: bits XOR masks, then as log(), sqrt() and cossin(). Throws InvalidArgument 402, 409 (precision_bits), 426 (negative size).
#pragma once

#include <memory>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor randn(std::shared_ptr<Party> party, at::IntArrayRef sizes, at::Device device = at::kCPU);

}  // namespace crypten
