// Random private reals that no party knows or controls (mpc/protocol/sample.h). Throws: InvalidArgument 402, 426 (negative size), 438 (no probability). On all ranks alike,
// before anything is sent.
#pragma once

#include <memory>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Uniform on the multiples of 2^-precision_bits in [0, 1). 1 round, precision_bits/8 B an element, dealer 113 B (16 bits). Opens: bits XOR masks.
MPCTensor rand(std::shared_ptr<Party> party, at::IntArrayRef sizes, at::Device device = at::kCPU);
// 1 with the probability given for each element, else 0: [rand < p], with p rounded to precision_bits, so off by at most 2^-(precision_bits + 1).
// 5 rounds, ≤ 15 B, dealer ≤ 172 B an element.
MPCTensor bernoulli(std::shared_ptr<Party> party, const at::Tensor& probabilities);
MPCTensor bernoulli(const MPCTensor& probabilities);  // private ones; of numbers below 0 and above 1 the result is 0 and 1
// While training, each element is 0 with probability p and x / (1 − p) else, as torch's dropout; the choice stays private. 6 rounds, ≤ 23 B, dealer ≤ 184 B an element.
// Not while training, or with p = 0: x; with p = 1: zeros; nothing is sent.
MPCTensor dropout(const MPCTensor& x, double p, bool training);

}  // namespace crypten
