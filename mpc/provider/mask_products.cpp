#include "mpc/provider/mask_products.h"

#include <algorithm>
#include <utility>

namespace crypten {

ComparisonPlan::Merge MaskProducts::merge(std::vector<ComparisonPlan::Pair> pairs, ComparisonPlan::Pair opens) {
  const auto with = [](std::vector<int> subset, int bit) {
    subset.push_back(bit);
    return subset;
  };
  ComparisonPlan::Merge merge{.pairs = std::move(pairs), .opens = opens};
  std::vector<std::vector<int>> subsets{{}};  // of the equal bits so far, by bit pattern
  merge.masks_equal.emplace_back();
  for (size_t i = 0; i < merge.pairs.size(); ++i) {
    const auto [less, equal] = merge.pairs[i];
    if (opens.less >= 0) {
      for (const auto& subset : subsets) merge.masks_less.push_back(less < 0 ? ComparisonPlan::MaskPlane{} : deal(with(subset, less)));
    }
    if (i + 1 == merge.pairs.size() && opens.equal < 0) break;
    for (size_t s = 0, count = subsets.size(); s < count; ++s) {
      subsets.push_back(with(subsets[s], equal));
      merge.masks_equal.push_back(deal(subsets.back()));
    }
  }
  return merge;
}

ComparisonPlan::MaskPlane MaskProducts::deal(std::vector<int> bits) {
  if (bits.size() == 1) return {.plane = bits[0]};
  std::sort(bits.begin(), bits.end());
  const auto [entry, fresh] = planes_.emplace(bits, static_cast<int>(dealt_->size()));
  if (fresh) {
    for (int& bit : bits) bit += first_mask_;
    dealt_->push_back(std::move(bits));
  }
  return {.product = true, .plane = entry->second};
}

}  // namespace crypten
