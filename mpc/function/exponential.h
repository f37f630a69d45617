// e^x of private numbers.
//
// Method: x + offset = 8h + l in digits without carries (mpc/protocol/powers), so e^x is one shared vector of 8 elements times public powers: no polynomial, no squaring, one
// opening of x. A ring of 64 bits cannot hold the range of the results and 14 of their bits at one scale: three groups of h have a scale each, two of them are truncated.
// What is below the smallest result is set to 0 by a comparison of the same opening, in the same rounds.
//
// f: precision_bits. x may have a truncation pending: its opening serves as it is, nothing is truncated first.
#pragma once

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Domain: x < (63 − f)·ln 2 (32.5 at f = 16), and |x| < 2^(62 − its fractional bits). Largest error there: max(2^-13.6 · e^x, 2.5 units of 2^-f); 0 where x < −17.
// At f < 16 the relative error for x > 20 is up to 2^(f − 29). Outside: above, the result wraps (garbage of the ring's size, no crash).
// 4 rounds (3 if x is open), 37 B, dealer 143 B an element. Opens: x − λ, bits each under a mask bit of its own, and the sums before and after their truncation under masks.
// Throws InvalidArgument 401 … 403.
MPCTensor exp(const MPCTensor& x);

// The same for shares with `from` fractional bits; the result has `to`, 8 … 24.
ArithmeticShared exp(Party& party, const ArithmeticShared& x, int from, int to);

}  // namespace crypten
