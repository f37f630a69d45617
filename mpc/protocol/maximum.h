// Maximum along one dimension by a tournament; with the index of the first maximum (torch's tie rule), as a ring element and as a one-hot vector.
#pragma once

#include "mpc/party.h"

namespace crypten {

struct Maximum {
  ArithmeticShared value;    // dim removed
  ArithmeticShared index;    // 0 … n−1 as ring elements, dim removed; undefined unless asked for
};
// ⌈log2 n⌉ levels of 4 rounds; ≤ 13 B an input for the value, dealer ≤ 60 B an input. With index: + ≤ 8 B, dealer ≤ 16 B an input, no further round.
Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index);

}  // namespace crypten
