// e^x of private numbers.
//
// Method: x + offset = 8h + l in digits without carries (mpc/protocol/powers), so e^x is one shared vector of 8 elements times public powers: no polynomial, no squaring, one
// opening of x. A ring of 64 bits cannot hold the range of the results and 14 of their bits at one scale: three groups of h have a scale each, two of them are truncated.
// What is below the smallest result is set to 0 by a comparison of the same opening, in the same rounds.
//
// f: precision_bits. x may have a truncation pending: its opening serves as it is, nothing is truncated first.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Domain: x < min(36, (63 − f)·ln 2) (32.5 at f = 16), and |x| < 2^(61 − its fractional bits). Largest error there, of the worst of every rounding: 2^-13 · e^x + 2.5 units of
// 2^-f (at f < 12 2^-12.4 · e^x); 0 where x < −17.5. Outside: above, wrong numbers of any size (the ring wraps).
// 4 rounds (3 if x is open), 35.6 B, dealer 133 B an element at f = 16. Opens: x − λ, the sums of two groups and of all under masks, bits each under a mask bit of its own.
// With a bound of |x| (mpc/tensor/bound.h) up to 17 nothing is compared: 2 rounds, 24 B, dealer 86.4 B; up to 2^11 less is: 3 … 4 rounds.
// Throws InvalidArgument 401 … 403, 409 (precision_bits), 419 (bound).
MPCTensor exp(const MPCTensor& x, double bound = kUnbounded);

// The light form for what is never large: x ≤ 0.9 (softmax after its maximum). Largest error: 2^-19.4 · e^x + 2^-21 + 1 unit of the result's, below 2^-17.9 + 1 unit; 0 where x < −17.
// 4 rounds, 18.4 B, dealer 92.5 B an element; with a bound of |x| up to 16.5 2 rounds, 14.75 B, dealer 40.5 B.
// `bits`: how many fractional bits the result has, 8 … 24; 0: f. Each saves an eighth of two bytes from the dealer.
MPCTensor exp_of_negative(const MPCTensor& x, double bound = kUnbounded, int bits = 0);

// The same for shares with `from` fractional bits (at most 36); the result has `to`, 8 … 24.
ArithmeticShared exp(Party& party, const ArithmeticShared& x, int from, int to, double bound = kUnbounded);
ArithmeticShared exp_of_negative(Party& party, const ArithmeticShared& x, int from, int to, double bound = kUnbounded);

}  // namespace crypten
