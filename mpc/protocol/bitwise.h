// Logic on shared bits: XOR is local; an AND of up to 8 bits takes one round.
#pragma once

#include "mpc/party.h"

namespace crypten {

// AND of k ≤ 8 bits: opens each masked, then a sum over subsets. 1 round, k/8 B an element, dealer (2^k − k − 1)/8 B. Opens: b XOR mask for each bit.
BitShared bit_and(Party& party, std::span<const BitShared> factors);

}  // namespace crypten
