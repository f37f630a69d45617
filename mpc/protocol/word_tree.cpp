#include "mpc/protocol/word_tree.h"

#include <tuple>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/carry_chunks.h"

namespace crypten {

WordTree::WordTree(const WordPlan& plan, WordRequest::Kind kind, const at::Tensor& words, const at::Tensor& products, const at::Tensor& masks, bool holds_one)
    : plan_(plan), kind_(kind), words_(words.contiguous()), products_(products.contiguous()), masks_(masks.contiguous()), holds_one_(holds_one) {
  look_at_chunks();
}

at::Tensor WordTree::masks() const {
  const auto& level = plan_.levels[opened_.size()];
  return masks_.narrow(1, level.first_opened, level.opened);
}

void WordTree::look_at_chunks() {
  std::vector<CarryChunk> chunks;
  for (const auto& chunk : plan_.chunks) {
    auto& one = chunks.emplace_back(CarryChunk{.low_bit = chunk.low_bit, .width = chunk.width});
    for (int i = 0; i < chunk.width; ++i) {
      for (unsigned above = 0; above < 1U << (chunk.width - 1 - i); ++above) {
        const auto places = chunk_products(kind_, chunk.width, i, above);
        const auto plane = [&chunk](int place) { return place < 0 ? -1 : chunk.first_product + place; };
        one.both.push_back(plane(places.both)), one.a.push_back(plane(places.a)), one.b.push_back(plane(places.b));
      }
    }
    for (int j = 1; j <= chunk.width; ++j) {
      const auto& opens = chunk.prefixes[static_cast<size_t>(j)];
      const auto in_level = [this](int bit) { return bit < 0 ? -1 : bit - plan_.levels[0].first_opened; };
      one.open_generated.push_back(in_level(opens.less)), one.open_passed.push_back(in_level(opens.equal));
    }
  }
  const bool lift = kind_ == WordRequest::Kind::lift;
  std::tie(generated_, first_) = carry_chunks({words_, masks_, products_, plan_.word_bits, lift}, chunks, plan_.levels.empty() ? 0 : plan_.levels[0].opened, holds_one_);
}

at::Tensor WordTree::next() const {
  if (opened_.empty()) return first_;
  const auto& level = plan_.levels[opened_.size()];
  std::vector<const WordPlan::Merge*> merges;
  std::vector<ComparisonPlan::Pair> results;
  const auto in_level = [&level](int bit) { return bit < 0 ? -1 : bit - level.first_opened; };
  for (const auto& node : level.merges) merges.push_back(&node), results.push_back({in_level(node.opens.less), in_level(node.opens.equal)});
  return merge(merges, results, level.opened);
}

Plane WordTree::opened_bit(int bit) const {
  for (size_t level = 0;; ++level) {
    const int index = bit - plan_.levels[level].first_opened;
    if (index < plan_.levels[level].opened) return {opened_[level], index};
  }
}

at::Tensor WordTree::merge(const std::vector<const WordPlan::Merge*>& merges, const std::vector<ComparisonPlan::Pair>& results, int64_t planes) const {
  const Plane nothing{at::zeros({words_.size(0), 1, kTileWords}, words_.options())};  // a carry that is never generated, and its mask
  const auto share = [this](const ComparisonPlan::MaskPlane& mask) { return Plane{mask.product ? products_ : masks_, mask.plane}; };
  std::vector<PairMerge> all;
  for (size_t i = 0; i < merges.size(); ++i) {
    auto& one = all.emplace_back();
    for (const auto& [less, equal] : merges[i]->pairs) {
      one.public_less.push_back(less < 0 ? nothing : opened_bit(less));
      one.public_equal.push_back(equal < 0 ? Plane() : opened_bit(equal));
    }
    for (const auto& mask : merges[i]->masks_less) one.masks_less.push_back(mask.plane < 0 ? nothing : share(mask));
    for (const auto& mask : merges[i]->masks_equal) one.masks_equal.push_back(mask.plane < 0 ? Plane() : share(mask));
    one.less = results[i].less, one.equal = results[i].equal;
  }
  return merge_pairs(all, words_.size(0), planes, holds_one_);
}

// Own shares of p_i.
at::Tensor WordTree::own_bits() const {
  const int64_t words = plan_.word_bits;
  if (kind_ != WordRequest::Kind::lift) {
    const auto share = at::bitwise_xor(masks_.narrow(1, 0, words), masks_.narrow(1, words, words));
    return holds_one_ ? at::bitwise_xor(share, at::bitwise_xor(words_.narrow(1, 0, words), words_.narrow(1, words, words))) : share;
  }
  std::vector<at::Tensor> lambda;  // the low bits' singles are among the chunks' products, the top bit's comes last
  for (const auto& chunk : plan_.chunks) {
    for (int i = 0; i < chunk.width; ++i) lambda.push_back(products_.narrow(1, chunk.first_product + chunk_products(kind_, chunk.width, i, 0).b, 1));
  }
  lambda.push_back(products_.narrow(1, products_.size(1) - 1, 1));
  const auto share = at::cat(lambda, 1);
  return holds_one_ ? at::bitwise_xor(share, words_) : share;
}

at::Tensor WordTree::result() const {
  const bool words = kind_ != WordRequest::Kind::carry;
  at::Tensor sum = words ? own_bits().contiguous() : at::zeros({words_.size(0), 1, kTileWords}, words_.options());
  std::vector<const WordPlan::Merge*> merges;
  std::vector<ComparisonPlan::Pair> results;
  std::vector<int64_t> targets;
  for (size_t i = 0; i < plan_.carries.size(); ++i) {
    const auto& carry = plan_.carries[i];
    const int64_t bit = words ? static_cast<int64_t>(i) + 1 : 0;
    if (carry.prefix > 0) {
      const auto& chunk = plan_.chunks[static_cast<size_t>(carry.chunk)];
      sum.narrow(1, bit, 1).bitwise_xor_(generated_.narrow(1, chunk.low_bit + carry.prefix - 1, 1));
    }
    if (carry.merge.pairs.empty()) continue;
    results.push_back({static_cast<int>(targets.size()), -1});
    merges.push_back(&carry.merge), targets.push_back(bit);
  }
  if (merges.empty()) return sum;
  const auto merged = merge(merges, results, static_cast<int64_t>(targets.size()));
  for (size_t i = 0; i < targets.size(); ++i) sum.narrow(1, targets[i], 1).bitwise_xor_(merged.narrow(1, static_cast<int64_t>(i), 1));
  return sum;
}

}  // namespace crypten
