// Maximum along one dimension by a tournament of neighbours, all pairs of a level at once; with the index of the first maximum (torch's tie rule).
#pragma once

#include "mpc/party.h"

namespace crypten {

struct Maximum {
  ArithmeticShared value;    // dim removed
  ArithmeticShared index;    // 0 … n−1 as ring elements, dim removed; undefined unless asked for
};
// ⌈log2 n⌉ levels of 4 rounds (the first 3 where x is open); 13 B for each of the n − 1 pairs, dealer ≤ 60 B. With index: no further round, + ≤ 8 B and dealer ≤ 16 B an input.
// Opens: differences of pairs, x_i − x_j − λ, bits each under a mask bit of its own and, with index, differences of indices under masks. Needs |x_i − x_j| < 2^63; `top`, if not 0: 2^top is known to
// bound them (compare.h: ComparedBits), which is cheaper.
// Throws IndexError: no such dimension; InvalidArgument: the dimension is empty.
Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top = 0);
// With something else that goes with each value (the places of values that won before) in the index's stead, of the same shape. Throws InvalidArgument: another shape.
Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top = 0);

}  // namespace crypten
