// How a maximum is played: which levels, and in which groups. A function of public sizes alone, the same on all ranks.
// In a group of g every two are compared at once, and the winner is the one that wins all: 5 rounds whatever g is, where pairs take 4 for each halving; but g·(g − 1)/2
// comparisons where pairs take g − 1. So groups are for few candidates, where rounds cost more than comparisons.
#pragma once

#include <cstdint>
#include <vector>

namespace crypten {

inline constexpr int64_t kLargestGroup = 8;  // the AND of a winner's comparisons has at most 7 factors, and its dealer bytes double with each
// Comparisons of a level of groups, all rows together. Measured with two parties on one machine, where a round is cheapest (0.15 ms): with 512 rows of few hundred
// values take longer, with 8192 nothing is faster.
inline constexpr int64_t kMostCompared = 2048;

struct TournamentLevel {
  int64_t candidates = 0;  // of one row, at the start of the level
  int64_t group = 2;       // candidates of a group. 2: pairs, and an odd one out goes on without a comparison
  int64_t groups = 0;      // of one row. Where group > 2, the last candidate stands in for those that the last group lacks
  int64_t left() const { return group == 2 ? candidates - groups : groups; }  // candidates of the next level
  int64_t comparisons() const { return groups * group * (group - 1) / 2; }  // of one row
  bool operator==(const TournamentLevel&) const = default;
};

// Until one candidate is left in each of `rows` rows. Each level: the largest groups, up to kLargestGroup, whose comparisons are at most kMostCompared, then made as
// equal as they can be; else pairs.
std::vector<TournamentLevel> tournament(int64_t candidates, int64_t rows);

}  // namespace crypten
