#include "mpc/protocol/sorting_network.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/error_codes.h"

namespace crypten {
namespace {

// Sorted blocks of 1, 2, 4, … wires are merged in pairs; a merge compares at distances of a block, half a block, …. `position[w]` is where the value of wire w is kept;
// −1: there is none, or none that is wanted, and then it counts as larger than all. A comparison with it only changes which wire a value is on.
// Returns the stages for the `most` smallest; position[w] is then where the w-th smallest is.
std::vector<SortingNetwork::Stage> merge_sort(std::vector<int64_t>& position, int64_t most) {
  std::vector<SortingNetwork::Stage> stages;
  const auto wires = static_cast<int64_t>(position.size());
  for (int64_t block = 1; block < wires; block *= 2) {
    for (int64_t distance = block; distance > 0; distance /= 2) {
      SortingNetwork::Stage stage;
      for (int64_t wire = distance % block; wire < wires - distance; ++wire) {
        if ((wire - distance % block) / distance % 2 != 0) continue;             // the upper wire of a pair
        if (wire / (2 * block) != (wire + distance) / (2 * block)) continue;     // wires of different merges
        auto &lower = position[static_cast<size_t>(wire)], &upper = position[static_cast<size_t>(wire + distance)];
        if (lower < 0) std::swap(lower, upper);
        if (upper < 0) continue;
        stage.lower.push_back(lower);
        stage.upper.push_back(upper);
      }
      stages.push_back(std::move(stage));
    }
    for (int64_t wire = 0; wire < wires; ++wire)
      if (wire % (2 * block) >= most) position[static_cast<size_t>(wire)] = -1;
  }
  return stages;
}

// From the last stage back: a pair is kept where one of its results is needed, and then both of its values are.
void keep_what_is_needed(SortingNetwork& network, int64_t n) {
  std::vector<char> needed(static_cast<size_t>(n), false);
  for (const int64_t output : network.outputs) needed[static_cast<size_t>(output)] = true;
  for (auto stage = network.stages.rbegin(); stage != network.stages.rend(); ++stage) {
    SortingNetwork::Stage kept;
    for (size_t i = 0; i < stage->lower.size(); ++i) {
      auto &lower = needed[static_cast<size_t>(stage->lower[i])], &upper = needed[static_cast<size_t>(stage->upper[i])];
      if (!lower && !upper) continue;
      lower = upper = true;
      kept.lower.push_back(stage->lower[i]);
      kept.upper.push_back(stage->upper[i]);
    }
    *stage = std::move(kept);
  }
  std::erase_if(network.stages, [](const SortingNetwork::Stage& stage) { return stage.lower.empty(); });
}

}  // namespace

SortingNetwork sorting_network(int64_t n, int64_t first, int64_t count) {
  if (n < 0 || first < 0 || count < 0 || first > n - count)
    throw InvalidArgument(mpc_code::invalid_argument, "no such places in the order", "sorting_network",
                          "places " + std::to_string(first) + " … " + std::to_string(first + count - 1) + " of " + std::to_string(n), "pass places from 0 to the number of values − 1");
  SortingNetwork network;
  if (count == 0) return network;
  // Places nearer to the upper end are counted from there, with the larger in the smaller's stead.
  const bool from_above = n - first < first + count;
  const int64_t begin = from_above ? n - first - count : first;
  std::vector<int64_t> position(std::bit_ceil(static_cast<uint64_t>(n)), -1);
  std::iota(position.begin(), position.begin() + n, int64_t{0});
  network.stages = merge_sort(position, begin + count);
  network.outputs.assign(position.begin() + begin, position.begin() + begin + count);
  keep_what_is_needed(network, n);
  if (from_above) {
    std::ranges::reverse(network.outputs);
    for (auto& stage : network.stages) std::swap(stage.lower, stage.upper);
  }
  return network;
}

}  // namespace crypten
