// Sine and cosine: one opening of the angle modulo a turn, and one of the result in a ring of 40 bits, which truncates and lifts it.
// Source: trigonometric functions by one opening in the dealer model: Boura et al., "High-Precision Privacy-Preserving Real-Valued Function Evaluation" (FC 2018).
// Domain: |x| ≤ 2^15, precision_bits f of 8 … 24. Largest error there: 2^-17.5 + 2^-f for f ≤ 16 (2^-15.5 at 16 bits), else 2^-20.5 + 2^-f; up to 8 parties.
// Outside: the error of the scaled angle grows in proportion to |x|, by 2π·|x|·2^(f − 65): still a value in [−1, 1], a unit more at most.
// Cost: 2 rounds (3 if a truncation of x is pending), 8.5 B, dealer 23.6 B an element; both at once: 2 rounds, 13.5 B, dealer 37.3 B. Beyond 16 fractional bits: 48 bits, not 40.
// Opens: the angle's top 28 bits − λ; the result modulo 2^40 − λ. Throws InvalidArgument: 402, 409 (precision_bits); SessionClosed.
#pragma once

#include <utility>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor sin(const MPCTensor& x);
MPCTensor cos(const MPCTensor& x);
std::pair<MPCTensor, MPCTensor> cossin(const MPCTensor& x);  // cosine, sine

}  // namespace crypten
