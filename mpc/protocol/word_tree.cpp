#include "mpc/protocol/word_tree.h"

#include <algorithm>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/planes.h"

namespace crypten {

namespace {

constexpr int64_t kTilesPerSum = 8;

// to ^= a & b; to ^= a.
void add_product(uint64_t* to, const uint64_t* a, const uint64_t* b) {
  for (int64_t w = 0; w < kTileWords; ++w) to[w] ^= a[w] & b[w];
}
void add_plane(uint64_t* to, const uint64_t* a) {
  for (int64_t w = 0; w < kTileWords; ++w) to[w] ^= a[w];
}

}  // namespace

WordTree::WordTree(const WordPlan& plan, WordRequest::Kind kind, const at::Tensor& words, const at::Tensor& products, const at::Tensor& masks, bool holds_one)
    : plan_(plan), kind_(kind), words_(words.contiguous()), products_(products.contiguous()), masks_(masks.contiguous()), holds_one_(holds_one) {
  look_at_chunks();
}

at::Tensor WordTree::masks() const {
  const auto& level = plan_.levels[opened_.size()];
  return masks_.narrow(1, level.first_opened, level.opened);
}

// For one chunk of one tile. Over sets S of the chunk's bits from j on, shares of π_S·G_j and of π_S·P_j: those for j + 1 follow, since p_j = p̂_j ⊕ π_j:
//   π_S·G_{j+1} = π_S·g_j ⊕ p̂_j·(π_S·G_j) ⊕ π_{S ∪ j}·G_j.
// generated, passed: planes of the chunk's bits, plane j − 1 for the low j bits; passed may be null.
void WordTree::chunk_of_tile(const WordPlan::Chunk& chunk, int64_t tile, uint64_t* generated, uint64_t* passed) const {
  const bool lift = kind_ == WordRequest::Kind::lift;
  const int width = chunk.width, sets = 1 << width;
  const uint64_t one = holds_one_ ? ~uint64_t{0} : 0;
  const auto plane = [tile](const at::Tensor& planes, int64_t index) { return tile_of(planes, tile) + index * kTileWords; };
  const auto product = [&](int index) { return plane(products_, chunk.first_product + index); };
  const auto a_public = [&](int i) { return plane(words_, chunk.low_bit + i); };
  const auto b_public = [&](int i) { return plane(words_, plan_.word_bits + chunk.low_bit + i); };
  // Shares of π_S·α_i and π_S·β_i, S above i.
  const auto with_a = [&](int i, unsigned above) { return above == 0 ? plane(masks_, chunk.low_bit + i) : product(chunk_products(kind_, width, i, above).a); };
  const auto with_b = [&](int i, unsigned above) {
    return above == 0 && !lift ? plane(masks_, plan_.word_bits + chunk.low_bit + i) : product(chunk_products(kind_, width, i, above).b);
  };

  std::vector<uint64_t> passing(static_cast<size_t>(sets) * kTileWords);  // π_S, then π_S·P_j
  const auto set = [](std::vector<uint64_t>& planes, unsigned s) { return planes.data() + s * kTileWords; };
  std::fill_n(set(passing, 0), kTileWords, one);
  for (unsigned s = 1; s < static_cast<unsigned>(sets); ++s) {
    const int lowest = __builtin_ctz(s);
    const unsigned above = s >> (lowest + 1);
    std::copy_n(with_b(lowest, above), kTileWords, set(passing, s));
    if (!lift) add_plane(set(passing, s), with_a(lowest, above));
  }
  const std::vector<uint64_t> subsets = passing;
  std::vector<uint64_t> generating(passing.size(), 0);  // π_S·G_j
  for (int j = 0; j < width; ++j) {
    uint64_t p[kTileWords];
    std::copy_n(a_public(j), kTileWords, p);
    if (!lift) add_plane(p, b_public(j));
    for (unsigned above = 0; above < 1U << (width - 1 - j); ++above) {
      const unsigned s = above << (j + 1), with_j = s | 1U << j;
      uint64_t next[kTileWords] = {};
      add_product(next, a_public(j), with_b(j, above));
      if (!lift) {
        uint64_t both[kTileWords];
        multiply_planes(both, a_public(j), b_public(j));
        add_product(next, both, subsets.data() + s * kTileWords);
        add_product(next, b_public(j), with_a(j, above));
        add_plane(next, product(chunk_products(kind_, width, j, above).both));
      }
      add_product(next, p, set(generating, s)), add_plane(next, set(generating, with_j));
      std::copy_n(next, kTileWords, set(generating, s));
      uint64_t pass[kTileWords];
      multiply_planes(pass, p, set(passing, s));
      add_plane(pass, set(passing, with_j));
      std::copy_n(pass, kTileWords, set(passing, s));
    }
    std::copy_n(set(generating, 0), kTileWords, generated + j * kTileWords);
    std::copy_n(set(passing, 0), kTileWords, passed + j * kTileWords);
  }
}

void WordTree::look_at_chunks() {
  const int64_t tiles = words_.size(0);
  generated_ = empty_planes(tiles, plan_.word_bits);
  first_ = empty_planes(tiles, plan_.levels.empty() ? 0 : plan_.levels[0].opened);
  parallel_for(tiles, kTilesPerSum, [&](int64_t begin, int64_t end) {
    std::vector<uint64_t> passed;
    for (int64_t tile = begin; tile < end; ++tile) {
      for (const auto& chunk : plan_.chunks) {
        uint64_t* generated = tile_of(generated_, tile) + chunk.low_bit * kTileWords;
        passed.resize(static_cast<size_t>(chunk.width) * kTileWords);
        chunk_of_tile(chunk, tile, generated, passed.data());
        for (int j = 1; j <= chunk.width; ++j) {
          const auto& opens = chunk.prefixes[static_cast<size_t>(j)];
          const auto to = [&](int bit) { return tile_of(first_, tile) + (bit - plan_.levels[0].first_opened) * kTileWords; };
          if (opens.less >= 0) std::copy_n(generated + (j - 1) * kTileWords, kTileWords, to(opens.less));
          if (opens.equal >= 0) std::copy_n(passed.data() + (j - 1) * kTileWords, kTileWords, to(opens.equal));
        }
      }
    }
  });
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
