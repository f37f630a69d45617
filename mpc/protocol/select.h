// Selection and what is built on it: a masked bit times an open value is a product of two affine expressions, hence local.
#pragma once

#include "mpc/party.h"
#include "mpc/protocol/compare.h"

namespace crypten {

// bit · x: 0 rounds and 0 B if x is open (else 1 round, 8 B); dealer 16 B (8 B for the bit in the ring, 8 B for each product of terms).
ArithmeticShared select(Party& party, const MaskedBits& bit, const ArithmeticShared& x);
// The bit as a ring element 0 or 1: [b] = b̂ + (1 − 2b̂)·[ρ]. 0 rounds, 0 B, dealer 8 B. The result is masked-open.
ArithmeticShared bit_to_ring(Party& party, const MaskedBits& bit);

// max(x, 0): 4 rounds, ≤ 13 B, dealer ≤ 60 B.
ArithmeticShared relu(Party& party, const ArithmeticShared& x);
// max(x / 2^shift, 0) from one opening of x. `exact`: the result is max(round(x / 2^shift), 0) and depends on no mask.
// 4 rounds, ≤ 13 B, dealer ≤ 72 B (exact: ≤ 88 B).
ArithmeticShared truncate_relu(Party& party, const ArithmeticShared& x, int shift, bool exact = false);
// round(x / 2^shift), half up, independent of masks: 3 rounds, about 9 B.
ArithmeticShared truncate_exact(Party& party, const ArithmeticShared& x, int shift);

// The larger of two, element by element: b + relu(a − b). 4 rounds, ≤ 13 B, dealer ≤ 60 B. Needs |a − b| < 2^63. `a_wins`: also the bit a > b or a = b (see max.h for ties).
ArithmeticShared maximum(Party& party, const ArithmeticShared& a, const ArithmeticShared& b);

}  // namespace crypten
