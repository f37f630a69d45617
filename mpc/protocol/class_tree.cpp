#include "mpc/protocol/class_tree.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/planes.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerClass = 4;
using Words = std::array<uint64_t, kTileWords>;

void copy(uint64_t* out, const uint64_t* from) { std::copy_n(from, kTileWords, out); }
void add(uint64_t* sum, const uint64_t* a) {
  for (int64_t w = 0; w < kTileWords; ++w) sum[w] ^= a[w];
}
void add_product(uint64_t* sum, const uint64_t* a, const uint64_t* b) {
  for (int64_t w = 0; w < kTileWords; ++w) sum[w] ^= a[w] & b[w];
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
  parallel_for(tiles, kTilesPerClass, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* out = tile_of(bits, tile);
      for (const auto& leaf : plan_.leaves) {
        const uint64_t* digit = tile_of(digits_, tile) + leaf.chunk * (1 << plan_.chunk_bits) * kTileWords;
        const uint64_t* derived = tile_of(derived_, tile) + leaf.chunk * plan_.derived_planes() * kTileWords;
        Words sum{};
        for (const auto& choice : leaf.choices) add_product(sum.data(), digit + choice.digit * kTileWords, derived + choice.derived * kTileWords);
        copy(out, sum.data());
        out += kTileWords;
      }
    }
  });
  return bits;
}

at::Tensor ClassTree::multiply(const ClassPlan::Round& round) const {
  const int64_t tiles = digits_.size(0);
  at::Tensor bits = empty_planes(tiles, static_cast<int64_t>(round.outputs.size()));
  parallel_for(tiles, kTilesPerClass, [&](int64_t begin, int64_t end) {
    std::vector<Words> factors;  // of a monomial: flags times the opened bits of each subset
    for (int64_t tile = begin; tile < end; ++tile) {
      const uint64_t *opened = tile_of(opened_, tile), *masks = tile_of(masks_, tile), *products = tile_of(products_, tile), *flags = tile_of(flags_, tile);
      uint64_t* out = tile_of(bits, tile);
      for (const auto& output : round.outputs) {
        Words sum{};
        for (const auto& [chosen, factor_bits, mask_planes] : output.sum) {
          const size_t subsets = mask_planes.size();
          factors.resize(std::max(factors.size(), subsets));
          factors[0].fill(~uint64_t{0});
          for (const int flag : chosen) multiply_planes(factors[0].data(), factors[0].data(), flags + flag * kTileWords);
          for (size_t subset = 1; subset < subsets; ++subset) {
            const auto bit = factor_bits[static_cast<size_t>(__builtin_ctzll(subset))];
            multiply_planes(factors[subset].data(), factors[subset & (subset - 1)].data(), opened + bit * kTileWords);
          }
          // Π (b̂_i ⊕ m_i) = XOR over S of Π_{i∉S} b̂_i · Π_{i∈S} m_i.
          if (holds_one_) add(sum.data(), factors[subsets - 1].data());
          for (size_t subset = 1; subset < subsets; ++subset) {
            const uint64_t* share = ((subset & (subset - 1)) == 0 ? masks : products) + mask_planes[subset] * kTileWords;
            add_product(sum.data(), factors[subsets - 1 - subset].data(), share);
          }
        }
        copy(out, sum.data());
        out += kTileWords;
      }
    }
  });
  return bits;
}

}  // namespace crypten
