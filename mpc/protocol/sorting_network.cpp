#include "mpc/protocol/sorting_network.h"

#include <algorithm>
#include <bit>
#include <string>

#include "crypten_core/error.h"
#include "mpc/error_codes.h"

namespace crypten {
namespace {

std::vector<SortingStage> merge_exchange(int64_t n) {
  std::vector<SortingStage> stages;
  if (n < 2) return stages;
  const int64_t widest = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(n))) / 2;
  for (int64_t p = widest; p > 0; p /= 2) {
    for (int64_t q = widest, r = 0, distance = p;; distance = q - p, q /= 2, r = p) {
      SortingStage stage;
      for (int64_t i = 0; i < n - distance; ++i) {
        if ((i & p) != r) continue;
        stage.lower.push_back(i);
        stage.upper.push_back(i + distance);
      }
      if (!stage.lower.empty()) stages.push_back(std::move(stage));
      if (q == p) break;
    }
  }
  return stages;
}

// From the last stage back: a pair is kept where one of its wires is needed, and then both are.
void keep_what_is_needed(std::vector<SortingStage>& stages, std::vector<char> needed) {
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    SortingStage kept;
    for (size_t i = 0; i < stage->lower.size(); ++i) {
      auto &lower = needed[static_cast<size_t>(stage->lower[i])], &upper = needed[static_cast<size_t>(stage->upper[i])];
      if (!lower && !upper) continue;
      lower = upper = true;
      kept.lower.push_back(stage->lower[i]);
      kept.upper.push_back(stage->upper[i]);
    }
    *stage = std::move(kept);
  }
  std::erase_if(stages, [](const SortingStage& stage) { return stage.lower.empty(); });
}

}  // namespace

std::vector<SortingStage> sorting_network(int64_t n, int64_t first, int64_t count) {
  if (n < 0 || first < 0 || count < 0 || first > n - count)
    throw InvalidArgument(mpc_code::invalid_argument, "no such places in the order", "sorting_network",
                          "places " + std::to_string(first) + " … " + std::to_string(first + count - 1) + " of " + std::to_string(n), "pass places from 0 to the number of values − 1");
  auto stages = merge_exchange(n);
  std::vector<char> needed(static_cast<size_t>(n), false);
  std::fill_n(needed.begin() + first, count, true);
  keep_what_is_needed(stages, std::move(needed));
  return stages;
}

}  // namespace crypten
