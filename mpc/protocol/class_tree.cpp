#include "mpc/protocol/class_tree.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/plane_sums.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/planes.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerClass = 4;

void copy(uint64_t* out, const uint64_t* from) { std::copy_n(from, kTileWords, out); }
void add(uint64_t* sum, const uint64_t* a) {
  for (int64_t w = 0; w < kTileWords; ++w) sum[w] ^= a[w];
}

// Where the digit, given by its bits, has each of its values.
void digit_planes(const uint64_t* digit, int bits, uint64_t* out) {
  std::fill_n(out, kTileWords, ~uint64_t{0});
  for (int i = 0; i < bits; ++i, digit += kTileWords) {
    for (int u = 0; u < 1 << i; ++u) {
      uint64_t *clear = out + u * kTileWords, *set = out + (u | 1 << i) * kTileWords;
      multiply_planes(set, clear, digit);
      add(clear, set);
    }
  }
}

// From a one-hot table without its last entry: [u >> k = w] for all k and w.
void derive(const uint64_t* table, int bits, bool holds_one, uint64_t* out) {
  const int entries = 1 << bits;
  uint64_t* last = std::copy_n(table, (entries - 1) * kTileWords, out);
  std::fill_n(last, kTileWords, holds_one ? ~uint64_t{0} : 0);
  for (int u = 0; u + 1 < entries; ++u) add(last, table + u * kTileWords);
  uint64_t *from = out, *to = out + entries * kTileWords;
  for (int size = entries / 2; size > 1; size /= 2) {
    for (int w = 0; w < size; ++w, from += 2 * kTileWords, to += kTileWords) copy(to, from), add(to, from + kTileWords);
  }
}

}  // namespace

ClassTree::ClassTree(const ClassPlan& plan, const at::Tensor& digits, const at::Tensor& tables, at::Tensor products, at::Tensor masks, bool holds_one)
    : plan_(plan), products_(std::move(products)), masks_(std::move(masks)), holds_one_(holds_one) {
  const int64_t tiles = digits.size(0);
  const int values = 1 << plan.chunk_bits, full = values - 1;
  digits_ = empty_planes(tiles, plan.chunks * values);
  derived_ = empty_planes(tiles, plan.chunks * plan.derived_planes());
  flags_ = empty_planes(tiles, plan.chunks * ClassPlan::kFlags);
  opened_ = empty_planes(tiles, plan.opened_bits);
  const at::Tensor numbers = digits.contiguous(), shares = tables.contiguous();
  parallel_for(tiles, kTilesPerClass, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      for (int chunk = 0; chunk < plan.chunks; ++chunk) {
        uint64_t* digit = tile_of(digits_, tile) + chunk * values * kTileWords;
        digit_planes(tile_of(numbers, tile) + chunk * plan.chunk_bits * kTileWords, plan.chunk_bits, digit);
        derive(tile_of(shares, tile) + chunk * full * kTileWords, plan.chunk_bits, holds_one, tile_of(derived_, tile) + chunk * plan.derived_planes() * kTileWords);
        for (const auto& [which, value, inverted] : {std::tuple{ClassPlan::zero, 0, false}, {ClassPlan::nonzero, 0, true}, {ClassPlan::full, full, false}, {ClassPlan::not_full, full, true}}) {
          uint64_t* flag = tile_of(flags_, tile) + ClassPlan::flag(chunk, which) * kTileWords;
          for (int64_t w = 0; w < kTileWords; ++w) flag[w] = digit[value * kTileWords + w] ^ (inverted ? ~uint64_t{0} : 0);
        }
      }
    }
  });
}

int ClassTree::first(int level) const { return level == 0 ? 0 : plan_.rounds[static_cast<size_t>(level - 1)].first_opened; }
int ClassTree::count(int level) const {
  return static_cast<int>(level == 0 ? plan_.leaves.size() : plan_.rounds[static_cast<size_t>(level - 1)].outputs.size());
}

at::Tensor ClassTree::next() const { return level_ == 0 ? look_up() : multiply(plan_.rounds[static_cast<size_t>(level_ - 1)]); }
at::Tensor ClassTree::masks() const { return masks_.narrow(1, first(level_), count(level_)); }

void ClassTree::opened(const at::Tensor& planes) {
  opened_.narrow(1, first(level_), count(level_)).copy_(planes);
  ++level_;
}

at::Tensor ClassTree::look_up() const {
  const int64_t tiles = digits_.size(0);
  at::Tensor bits = empty_planes(tiles, static_cast<int64_t>(plan_.leaves.size()));
  std::vector<std::vector<PlanePair>> pairs;  // planes of all chunks' digits, and of all their derived shares
  for (const auto& leaf : plan_.leaves) {
    auto& of_leaf = pairs.emplace_back();
    for (const auto& [digit, derived] : leaf.choices) of_leaf.push_back({leaf.chunk * (1 << plan_.chunk_bits) + digit, leaf.chunk * plan_.derived_planes() + derived});
  }
  const auto& kernels = *kPlaneSums[kernel_path()];
  parallel_for(tiles, kTilesPerClass, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* out = tile_of(bits, tile);
      for (const auto& of_leaf : pairs) {
        kernels.sum({tile_of(digits_, tile), tile_of(derived_, tile), of_leaf, out});
        out += kTileWords;
      }
    }
  });
  return bits;
}

at::Tensor ClassTree::multiply(const ClassPlan::Round& round) const {
  const int64_t tiles = digits_.size(0);
  at::Tensor bits = at::zeros({tiles, static_cast<int64_t>(round.outputs.size()), kTileWords}, at::kLong);
  size_t most_sets = 1;
  for (const auto& output : round.outputs)
    for (const auto& monomial : output.sum) most_sets = std::max(most_sets, monomial.masks.size());
  const auto& kernels = *kPlaneSums[kernel_path()];
  parallel_for(tiles, kTilesPerClass, [&](int64_t begin, int64_t end) {
    std::vector<uint64_t> scratch(most_sets * kTileWords);
    std::vector<const uint64_t*> shares(most_sets);
    for (int64_t tile = begin; tile < end; ++tile) {
      const uint64_t *masks = tile_of(masks_, tile), *products = tile_of(products_, tile);
      uint64_t* out = tile_of(bits, tile);
      for (const auto& output : round.outputs) {
        for (const auto& [flags, factors, planes] : output.sum) {
          for (size_t set = 1; set < planes.size(); ++set) shares[set] = ((set & (set - 1)) == 0 ? masks : products) + planes[set] * kTileWords;
          kernels.add_product({.flag_planes = tile_of(flags_, tile),
                               .bit_planes = tile_of(opened_, tile),
                               .flags = flags,
                               .bits = factors,
                               .shares = shares.data(),
                               .one = holds_one_ ? ~uint64_t{0} : 0,
                               .scratch = scratch.data(),
                               .sum = out});
        }
        out += kTileWords;
      }
    }
  });
  return bits;
}

}  // namespace crypten
