// The bodies of kernels/plane_sums.h over a vector type with ^ and &: included by the source of each instruction set.
#pragma once

#include "crypten_core/kernels/lanes.h"
#include "crypten_core/kernels/plane_sums.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <class Lanes>
void sum_of_pairs(const TileSum& tile) {
  for (int w = 0; w < kPlaneWords; w += sizeof(Lanes) / sizeof(uint64_t)) {
    Lanes sum{};
    for (const auto& [a, b] : tile.pairs)
      sum ^= load<Lanes>(tile.planes_a + a * kPlaneWords + w) & load<Lanes>(tile.planes_b + b * kPlaneWords + w);
    store(tile.out + w, sum);
  }
}

// Σ over sets S of the first kBits bits of Π_{i ∉ S} bit_i · shares[kFirst + S], by the last bit: where S lacks it, it is a factor. The words at `mask` and `product` behind where the shares of
// one mask, and of products, begin.
template <class Lanes, int kBits, size_t kFirst>
[[gnu::always_inline]] inline Lanes sum_over_sets(const uint64_t* const* shares, const Lanes* bits, Lanes one, int64_t mask, int64_t product) {
  if constexpr (kBits > 0) {
    return (sum_over_sets<Lanes, kBits - 1, kFirst>(shares, bits, one, mask, product) & bits[kBits - 1]) ^
           sum_over_sets<Lanes, kBits - 1, kFirst + (size_t{1} << (kBits - 1))>(shares, bits, one, mask, product);
  } else if constexpr (kFirst == 0) {
    return one;
  } else {
    return load<Lanes>(shares[kFirst] + ((kFirst & (kFirst - 1)) == 0 ? mask : product));
  }
}

template <class Lanes, int kBits>
void add_product_of(const TileProduct& tile) {
  const auto one = broadcast<Lanes>(tile.one);
  for (int64_t t = 0; t < tile.tiles; ++t) {
    for (int64_t w = 0; w < kPlaneWords; w += sizeof(Lanes) / sizeof(uint64_t)) {
      Lanes bits[kBits + 1], factor = ~Lanes{};
      for (int i = 0; i < kBits; ++i) bits[i] = load<Lanes>(tile.bit_planes + t * tile.bit_stride + tile.bits[i] * kPlaneWords + w);
      for (const int flag : tile.flags) factor &= load<Lanes>(tile.flag_planes + t * tile.flag_stride + flag * kPlaneWords + w);
      uint64_t* const sum = tile.sum + t * tile.sum_stride + w;
      store(sum, load<Lanes>(sum) ^ (factor & sum_over_sets<Lanes, kBits, 0>(tile.shares, bits, one, t * tile.mask_stride + w, t * tile.product_stride + w)));
    }
  }
}

template <class Lanes>
void add_product(const TileProduct& tile) {
  constexpr void (*kByBits[])(const TileProduct&) = {add_product_of<Lanes, 0>, add_product_of<Lanes, 1>, add_product_of<Lanes, 2>,
                                                     add_product_of<Lanes, 3>, add_product_of<Lanes, 4>, add_product_of<Lanes, 5>,
                                                     add_product_of<Lanes, 6>, add_product_of<Lanes, 7>, add_product_of<Lanes, 8>};
  kByBits[tile.bits.size()](tile);
}

// Doubling: entries of i bits become entries of i + 1 bits.
template <class Lanes>
void one_hot_vector(const uint64_t* digit, int width, uint64_t* table) {
  const int last = (1 << width) - 1;
  for (int w = 0; w < kPlaneWords; w += sizeof(Lanes) / sizeof(uint64_t)) {
    store(table + w, ~Lanes{});
    for (int i = 0; i < width; ++i) {
      const auto bit = load<Lanes>(digit + i * kPlaneWords + w);
      for (int u = 0; u < 1 << i; ++u) {
        uint64_t* const clear = table + u * kPlaneWords + w;
        const auto entry = load<Lanes>(clear);
        if ((u | 1 << i) != last) store(table + (u | 1 << i) * kPlaneWords + w, entry & bit);
        store(clear, entry & ~bit);
      }
    }
  }
}

template <class Lanes>
void product_of_planes(const uint64_t* planes, std::span<const int> factors, uint64_t* out) {
  for (int w = 0; w < kPlaneWords; w += sizeof(Lanes) / sizeof(uint64_t)) {
    Lanes product = ~Lanes{};
    for (const int factor : factors) product &= load<Lanes>(planes + factor * kPlaneWords + w);
    store(out + w, product);
  }
}

template <class Lanes>
constexpr PlaneSums plane_sums() {
  return {sum_of_pairs<Lanes>, add_product<Lanes>, one_hot_vector<Lanes>, product_of_planes<Lanes>};
}

}  // namespace
}  // namespace crypten
