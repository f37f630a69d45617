#include "mpc/protocol/class_tree.h"

#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_tensor.h"

namespace crypten {

ClassTree::ClassTree(const ClassPlan& plan, const at::Tensor& digits, const at::Tensor& tables, at::Tensor products, at::Tensor masks, bool holds_one)
    : plan_(plan),
      tables_(digit_tables(digits, tables, plan.chunks, plan.chunk_bits, holds_one)),
      products_(std::move(products)),
      masks_(std::move(masks)),
      opened_(at::empty({digits.size(0), plan.opened_bits, kTileWords}, digits.options())),
      holds_one_(holds_one) {}

int ClassTree::first(int level) const { return level == 0 ? 0 : plan_.rounds[static_cast<size_t>(level - 1)].first_opened; }
int ClassTree::count(int level) const {
  return static_cast<int>(level == 0 ? plan_.leaves.size() : plan_.rounds[static_cast<size_t>(level - 1)].outputs.size());
}

at::Tensor ClassTree::next() const {
  if (level_ == 0) return look_up();
  return sums_of_products({tables_.flags, opened_, masks_, products_}, plan_.rounds[static_cast<size_t>(level_ - 1)].outputs, holds_one_);
}
at::Tensor ClassTree::masks() const { return narrow_words(masks_, 1, first(level_), count(level_)); }

void ClassTree::opened(const at::Tensor& planes) {
  narrow_words(opened_, 1, first(level_), count(level_)).copy_(planes);
  ++level_;
}

at::Tensor ClassTree::look_up() const {
  std::vector<std::vector<PlanePair>> pairs;  // planes of all chunks' digits, and of all their derived shares
  for (const auto& leaf : plan_.leaves) {
    auto& of_leaf = pairs.emplace_back();
    for (const auto& [digit, derived] : leaf.choices) of_leaf.push_back({leaf.chunk * (1 << plan_.chunk_bits) + digit, leaf.chunk * plan_.derived_planes() + derived});
  }
  return sums_of_pairs(tables_.values, tables_.derived, pairs);
}

}  // namespace crypten
