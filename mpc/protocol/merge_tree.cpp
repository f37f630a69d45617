#include "mpc/protocol/merge_tree.h"

#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/word_tensor.h"

namespace crypten {

MergeTree::MergeTree(const ComparisonPlan& plan, at::Tensor digits, at::Tensor tables, at::Tensor products, at::Tensor masks, bool holds_one)
    : plan_(plan),
      digits_(std::move(digits)),
      tables_(std::move(tables)),
      products_(std::move(products)),
      masks_(std::move(masks)),
      holds_one_(holds_one) {}

at::Tensor MergeTree::next() const { return opened_.empty() ? look_up() : merge(plan_.levels[opened_.size()]); }

at::Tensor MergeTree::opened_plane(int bit) const {
  const auto [planes, index] = opened_bit(bit);
  return narrow_words(planes, 1, index, 1);
}

Plane MergeTree::opened_bit(int bit) const {
  for (size_t level = 0;; ++level) {
    const int index = bit - plan_.levels[level].first_opened;
    if (index < plan_.levels[level].opened) return {opened_[level], index};
  }
}

at::Tensor MergeTree::look_up() const {
  std::vector<DigitLookup> lookups;
  for (const auto& leaf : plan_.leaves)
    lookups.push_back({.first_bit = leaf.low_bit, .width = leaf.width, .first_table_plane = leaf.first_table_plane, .less = leaf.opens.less, .equal = leaf.opens.equal});
  return look_up_digits(digits_, tables_, lookups, plan_.levels[0].opened, holds_one_);
}

at::Tensor MergeTree::merge(const ComparisonPlan::Level& level) const {
  const auto in_level = [&level](int bit) { return bit < 0 ? -1 : bit - level.first_opened; };
  const auto share = [this](const ComparisonPlan::MaskPlane& mask) { return mask.plane < 0 ? Plane() : Plane{mask.product ? products_ : masks_, mask.plane}; };
  std::vector<PairMerge> merges;
  merges.reserve(level.merges.size());
  for (const auto& node : level.merges) {
    auto& merge = merges.emplace_back();
    merge.public_less.reserve(node.pairs.size()), merge.public_equal.reserve(node.pairs.size());
    merge.masks_less.reserve(node.masks_less.size()), merge.masks_equal.reserve(node.masks_equal.size());
    for (const auto& [less, equal] : node.pairs) {
      if (less >= 0) merge.public_less.push_back(opened_bit(less));
      merge.public_equal.push_back(equal < 0 ? Plane() : opened_bit(equal));
    }
    for (const auto& mask : node.masks_less) merge.masks_less.push_back(share(mask));
    for (const auto& mask : node.masks_equal) merge.masks_equal.push_back(share(mask));
    merge.less = in_level(node.opens.less);
    merge.equal = in_level(node.opens.equal);
  }
  return merge_pairs(merges, digits_.size(0), level.opened, holds_one_);
}

}  // namespace crypten
