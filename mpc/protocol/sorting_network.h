// Sorting network: which pairs of wires are compared, stage by stage, so that n values end in ascending order whatever they are.
// Batcher's merge exchange for any n (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M): ⌈log2 n⌉·(⌈log2 n⌉ + 1)/2 stages of disjoint pairs. For a part of the
// order, only what that part depends on: the first alone takes n − 1 pairs in ⌈log2 n⌉ stages.
#pragma once

#include <cstdint>
#include <vector>

namespace crypten {

// The smaller of wires lower[i] and upper[i] goes to lower[i], which is less than upper[i]. Both ascend.
struct SortingStage {
  std::vector<int64_t> lower, upper;
};
// For places first … first + count − 1 of the order of n ≥ 0 values. Stages without pairs are left out.
// Throws InvalidArgument: a place that is not there.
std::vector<SortingStage> sorting_network(int64_t n, int64_t first, int64_t count);

}  // namespace crypten
