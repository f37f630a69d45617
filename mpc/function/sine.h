// Sine and cosine: one opening of the angle modulo a turn, and one of the result in a ring of 40 bits, which truncates and lifts it.
// Source: trigonometric functions by one opening in the dealer model: Boura et al., "High-Precision Privacy-Preserving Real-Valued Function Evaluation" (FC 2018).
// Domain: |x| ≤ 2^15, precision_bits 8 … 24. Largest error there 2^-15.2 at 16 fractional bits; at f bits: 2^-16.5 + 2^-f (f ≤ 16), 2^-21 + 2^-f (more).
// Outside: the error of the scaled angle grows in proportion to |x|, by 2π·|x|·2^(f − 65): still a value in [−1, 1].
// Cost: 2 rounds (3 if a truncation of x is pending), 8.5 B, dealer 24 B an element; both at once: 2 rounds, 13.5 B, dealer 38 B. Beyond 16 fractional bits: 48 bits, not 40.
// Opens: the angle's top 28 bits − λ; the result modulo 2^40 − λ. Throws InvalidArgument: 402, 409 (precision_bits); SessionClosed.
#pragma once

#include <utility>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor sin(const MPCTensor& x);
MPCTensor cos(const MPCTensor& x);
std::pair<MPCTensor, MPCTensor> cossin(const MPCTensor& x);  // cosine, sine

}  // namespace crypten
