// Sorting along one dimension by a network of compare-exchanges, all pairs of a stage at once; with the places that the values come from, stable: equal values keep their order.
//
// A compare-exchange opens the difference of a pair once and selects once: with m = min(a − b, 0) the smaller is b + m, the larger a − m.
// Places ride along in the same ring element: value · 2^k + place with k = ⌈log2 n⌉ has no ties, and is taken apart at the end by one exact truncation.
#pragma once

#include "mpc/party.h"

namespace crypten {

struct Sorted {
  ArithmeticShared value;  // along dim: places first … first + count − 1 of the ascending order
  ArithmeticShared place;  // where in x the value is, 0 … n − 1; undefined unless asked for
};
// Rounds: 4 for each stage of the network (mpc/protocol/sorting_network.h), the first 3 where x is open; with places 2 more for k ≤ 4, 3 for k ≤ 16, 4 for more.
// For each pair 13 B, dealer ≤ 60 B; with places, for each result 8 B and ≤ 1 B, dealer ≤ 29 B (k ≤ 16). n ≤ 1: nothing.
// Opens: differences of pairs, x_i − x_j − λ, bits each under a mask bit of its own and, with places, value · 2^k + place − λ.
// Range: |x_i − x_j| < 2^63; with places |x_i| < 2^(62 − k). `top`, if not 0: |x_i − x_j| < 2^top is known (compare.h: ComparedBits), which is cheaper.
// Throws IndexError: no such dimension; InvalidArgument: no such places in the order.
Sorted sort_along(Party& party, const ArithmeticShared& x, int64_t dim, int64_t first, int64_t count, bool with_places, int top = 0);
// k: the bits of a place among n.
int place_bits(int64_t n);

}  // namespace crypten
