// Sorting network: which values are compared with which, stage by stage, so that they end in ascending order whatever they are.
// Batcher's odd-even merge sort for any n (AFIPS '68; Knuth, The Art of Computer Programming 3, 5.3.4): ⌈log2 n⌉·(⌈log2 n⌉ + 1)/2 stages of disjoint pairs. For a part of
// the order only what that part needs: merged blocks forget what lies beyond it. An extreme takes n − 1 pairs in ⌈log2 n⌉ stages; the first 10 of 1024 less than a third
// of the pairs of a sort, in 40 stages instead of 55.
#pragma once

#include <cstdint>
#include <vector>

namespace crypten {

struct SortingNetwork {
  // The smaller of the values at lower[i] and upper[i] goes to lower[i], the larger to upper[i]. No position stands twice in a stage.
  struct Stage { std::vector<int64_t> lower, upper; };
  std::vector<Stage> stages;     // none without pairs
  std::vector<int64_t> outputs;  // where the wanted places of the order are in the end
};
// For places first … first + count − 1 of the order of n ≥ 0 values. Throws InvalidArgument: a place that is not there.
SortingNetwork sorting_network(int64_t n, int64_t first, int64_t count);

}  // namespace crypten
