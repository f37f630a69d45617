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

// scratch[S] = flags · Π_{i ∈ S} bit_i
template <class Lanes>
void add_product(const TileProduct& tile) {
  const size_t sets = size_t{1} << tile.bits.size();
  for (int w = 0; w < kPlaneWords; w += sizeof(Lanes) / sizeof(uint64_t)) {
    uint64_t* const scratch = tile.scratch + w;
    Lanes factor = ~Lanes{};
    for (const int flag : tile.flags) factor &= load<Lanes>(tile.flag_planes + flag * kPlaneWords + w);
    store(scratch, factor);
    for (size_t i = 0, half = 1; i < tile.bits.size(); ++i, half *= 2) {
      const auto bit = load<Lanes>(tile.bit_planes + tile.bits[i] * kPlaneWords + w);
      for (size_t set = 0; set < half; ++set) store(scratch + (half + set) * kPlaneWords, load<Lanes>(scratch + set * kPlaneWords) & bit);
    }
    const Lanes one = broadcast<Lanes>(tile.one);
    Lanes sum = load<Lanes>(tile.sum + w) ^ (load<Lanes>(scratch + (sets - 1) * kPlaneWords) & one);
    for (size_t set = 1; set < sets; ++set) sum ^= load<Lanes>(scratch + (sets - 1 - set) * kPlaneWords) & load<Lanes>(tile.shares[set] + w);
    store(tile.sum + w, sum);
  }
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
