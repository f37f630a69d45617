// Decision: a comparison with zero whose outcome is wanted as a number. What the dealer must say about the outcome is asked before the rounds that find it,
// so that the answer is there when they end.
#pragma once

#include "mpc/protocol/compare.h"

namespace crypten {

// 1 where x < 0 (x = 0), else 0; with `complement` the other way round. Already open under a mask: products with it open nothing for it.
// 4 rounds, ≤ 13 B, dealer ≤ 52 B an element (3 rounds, ≤ 5 B if x is open), less with a range. Opens: as a comparison.
ArithmeticShared decide(Party& party, const ArithmeticShared& x, Comparison::Kind kind, bool complement = false, ComparedBits range = {});

}  // namespace crypten
