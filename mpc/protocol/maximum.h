// Maximum along one dimension by a tournament, all of a level at once; with the index of the first maximum (torch's tie rule).
#pragma once

#include <memory>

#include "mpc/party.h"
#include "mpc/protocol/tournament.h"

namespace crypten {

struct Maximum {
  ArithmeticShared value;    // dim removed
  ArithmeticShared index;    // 0 … n−1 as ring elements, dim removed; undefined unless asked for
};
// The levels of tournament(n, rows), rows = the number of results. A level of pairs: 4 rounds (the first 3 where x is open); 13 B for each pair, dealer ≤ 60 B; with index:
// no further round, + ≤ 8 B and dealer ≤ 16 B a pair. A level of groups of g: 5 rounds; of each group 12.75 B for each of its g·(g − 1)/2 comparisons and g/8 B for each but
// the last candidate, dealer 41.2 B and 16 + (2^(g−1) − g)/8 B; with index: + ≤ 8 B and dealer ≤ 8 B for each but the last. So 3 … 8 of few rows take 5 rounds, 64 take 10.
// Opens: differences of pairs, x_i − x_j − λ, each under a mask of its own; bits each under a mask bit of its own; with index, differences of indices under masks.
// Needs |x_i − x_j| < 2^63; `top`, if not 0: 2^top is known to bound them (compare.h: ComparedBits), which is cheaper.
// Throws IndexError: no such dimension; InvalidArgument: the dimension is empty.
Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top = 0);
// With something else that goes with each value (the places of values that won before) in the index's stead, of the same shape. Throws InvalidArgument: another shape.
Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top = 0);

// maximum_along in two steps: at construction, in program order, the dealer is asked about all levels, so that the answers are there when the levels are played. Levels of more
// than kMostAskedAhead comparisons beyond the one that is played are asked about later: what the dealer answers waits in memory.
inline constexpr int64_t kMostAskedAhead = int64_t{1} << 16;
class PendingMaximum {
 public:
  PendingMaximum(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top = 0);
  PendingMaximum(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top = 0);
  Maximum play(Party& party);  // once

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// One level, as `level` says, of which maximum_along plays all: the winners of each pair or group stand in the candidates' stead. Errors: none of its own.
Maximum play_level(Party& party, const Maximum& candidates, int64_t dim, const TournamentLevel& level, int top = 0);

}  // namespace crypten
