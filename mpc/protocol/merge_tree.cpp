#include "mpc/protocol/merge_tree.h"

#include <ATen/ATen.h>

#include <array>
#include <utility>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

using Pair = ComparisonPlan::Pair;

constexpr int64_t kTilesPerChunk = 16;  // 100 KiB of tables

// A plane in every tile.
struct PlaneRef {
  const uint64_t* words = nullptr;
  int64_t stride = 0;
  const uint64_t* in(int64_t tile) const { return words + tile * stride; }
};

PlaneRef plane(const at::Tensor& planes, int64_t index) {
  return {reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()) + index * planes.stride(1), planes.stride(0)};
}

uint64_t* place(uint64_t* tile, int first, int bit) { return bit < 0 ? nullptr : tile + (bit - first) * kTileWords; }

// Where a merge's inputs lie, for every tile.
class MergeInputs {
 public:
  MergeInputs(const ComparisonPlan::Merge& merge, const MergeTree& tree, const ComparisonPlan& plan, const at::Tensor& products) : opens_(merge.opens), pairs_(static_cast<int>(merge.pairs.size())) {
    const auto share = [&](const std::vector<int>& bits) {
      return bits.size() == 1 ? plane(tree.masks(), bits[0]) : plane(products, plan.product(bits));
    };
    const size_t count = merge.pairs.size(), needed = size_t{1} << (opens_.equal >= 0 ? count : count - 1);
    std::vector<std::vector<int>> subsets{{}};
    for (size_t a = 1; a < needed; ++a) {
      subsets.push_back(subsets[a & (a - 1)]);
      subsets.back().push_back(merge.pairs[static_cast<size_t>(__builtin_ctzll(a))].equal);
      masks_equal_[a] = share(subsets.back());
    }
    for (size_t i = 0; i < count; ++i) {
      if (i + 1 < count || opens_.equal >= 0) public_equal_[i] = plane(tree.opened_plane(merge.pairs[i].equal), 0);
      if (opens_.less < 0) continue;
      public_less_[i] = plane(tree.opened_plane(merge.pairs[i].less), 0);
      for (size_t a = 0; a < size_t{1} << i; ++a) {
        auto bits = subsets[a];
        bits.push_back(merge.pairs[i].less);
        masks_less_[(size_t{1} << i) - 1 + a] = share(bits);
      }
    }
  }

  void run(MergePairs kernel, int64_t tile, uint64_t one, uint64_t* out, int first) const {
    std::array<const uint64_t*, kMostFactors> public_less, public_equal;
    std::array<const uint64_t*, size_t{1} << kMostFactors> masks_less, masks_equal;
    const size_t count = static_cast<size_t>(pairs_), subsets = size_t{1} << count;
    for (size_t i = 0; i < count; ++i) public_less[i] = public_less_[i].in(tile), public_equal[i] = public_equal_[i].in(tile);
    for (size_t a = 0; a < subsets; ++a) masks_less[a] = masks_less_[a].in(tile), masks_equal[a] = masks_equal_[a].in(tile);
    kernel({.pairs = pairs_, .public_less = public_less.data(), .public_equal = public_equal.data(), .masks_less = masks_less.data(), .masks_equal = masks_equal.data(),
            .one = one, .less = place(out, first, opens_.less), .equal = place(out, first, opens_.equal)});
  }

 private:
  Pair opens_;
  int pairs_;
  std::array<PlaneRef, kMostFactors> public_less_, public_equal_;
  std::array<PlaneRef, size_t{1} << kMostFactors> masks_less_, masks_equal_;
};

}  // namespace

MergeTree::MergeTree(const ComparisonPlan& plan, const at::Tensor& digits, const at::Tensor& tables, const at::Tensor& products, const at::Tensor& masks,
                     bool holds_one)
    : plan_(plan),
      digits_(digits.contiguous()),
      tables_(tables.contiguous()),
      products_(products.contiguous()),
      masks_(masks.contiguous()),
      one_(holds_one ? ~uint64_t{0} : 0) {}

at::Tensor MergeTree::opened_plane(int bit) const {
  for (size_t level = 0;; ++level) {
    const int index = bit - plan_.levels[level].first_opened;
    if (index < plan_.levels[level].opened) return opened_[level].narrow(1, index, 1);
  }
}

at::Tensor MergeTree::next() const { return opened_.empty() ? look_up() : merge(plan_.levels[opened_.size()]); }

at::Tensor MergeTree::look_up() const {
  const int64_t tiles = digits_.size(0);
  const auto bits = at::empty({tiles, plan_.levels[0].opened, kTileWords}, at::kLong);
  auto* words = reinterpret_cast<uint64_t*>(bits.mutable_data_ptr<int64_t>());
  const auto kernel = kLookUpDigit[kernel_path()];
  const PlaneRef digits = plane(digits_, 0), tables = plane(tables_, 0);
  parallel_for(tiles, kTilesPerChunk, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* out = words + tile * plan_.levels[0].opened * kTileWords;
      for (const auto& leaf : plan_.leaves) {
        kernel({.width = leaf.width, .digit = digits.in(tile) + leaf.low_bit * kTileWords, .table = tables.in(tile) + leaf.first_table_plane * kTileWords, .one = one_,
                .less = place(out, 0, leaf.opens.less), .equal = place(out, 0, leaf.opens.equal)});
      }
    }
  });
  return bits;
}

at::Tensor MergeTree::merge(const ComparisonPlan::Level& level) const {
  const int64_t tiles = digits_.size(0);
  const auto bits = at::empty({tiles, level.opened, kTileWords}, at::kLong);
  auto* words = reinterpret_cast<uint64_t*>(bits.mutable_data_ptr<int64_t>());
  std::vector<MergeInputs> merges;
  for (const auto& node : level.merges) merges.emplace_back(node, *this, plan_, products_);
  const auto kernel = kMergePairs[kernel_path()];
  parallel_for(tiles, kTilesPerChunk, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      for (const auto& node : merges) node.run(kernel, tile, one_, words + tile * level.opened * kTileWords, level.first_opened);
    }
  });
  return bits;
}

}  // namespace crypten
