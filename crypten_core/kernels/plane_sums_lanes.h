// The bodies of kernels/plane_sums.h over a vector type with ^ and &: included by the source of each instruction set.
#pragma once

#include <cstring>

#include "crypten_core/kernels/plane_sums.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

constexpr int kPlaneWordsOfTile = 8;

template <class Lanes>
Lanes plane_lanes(const uint64_t* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class Lanes>
void store_plane_lanes(uint64_t* to, Lanes lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}

template <class Lanes>
void sum_of_pairs(const TileSum& tile) {
  for (int w = 0; w < kPlaneWordsOfTile; w += sizeof(Lanes) / sizeof(uint64_t)) {
    Lanes sum{};
    for (const auto& [a, b] : tile.pairs)
      sum ^= plane_lanes<Lanes>(tile.planes_a + a * kPlaneWordsOfTile + w) & plane_lanes<Lanes>(tile.planes_b + b * kPlaneWordsOfTile + w);
    store_plane_lanes(tile.out + w, sum);
  }
}

// scratch[S] = flags · Π_{i ∈ S} bit_i
template <class Lanes>
void add_product(const TileProduct& tile) {
  const size_t sets = size_t{1} << tile.bits.size();
  for (int w = 0; w < kPlaneWordsOfTile; w += sizeof(Lanes) / sizeof(uint64_t)) {
    uint64_t* const scratch = tile.scratch + w;
    Lanes factor = ~Lanes{};
    for (const int flag : tile.flags) factor &= plane_lanes<Lanes>(tile.flag_planes + flag * kPlaneWordsOfTile + w);
    store_plane_lanes(scratch, factor);
    for (size_t i = 0, half = 1; i < tile.bits.size(); ++i, half *= 2) {
      const auto bit = plane_lanes<Lanes>(tile.bit_planes + tile.bits[i] * kPlaneWordsOfTile + w);
      for (size_t set = 0; set < half; ++set) store_plane_lanes(scratch + (half + set) * kPlaneWordsOfTile, plane_lanes<Lanes>(scratch + set * kPlaneWordsOfTile) & bit);
    }
    const Lanes one = Lanes{} + static_cast<long long>(tile.one);
    Lanes sum = plane_lanes<Lanes>(tile.sum + w) ^ (plane_lanes<Lanes>(scratch + (sets - 1) * kPlaneWordsOfTile) & one);
    for (size_t set = 1; set < sets; ++set) sum ^= plane_lanes<Lanes>(scratch + (sets - 1 - set) * kPlaneWordsOfTile) & plane_lanes<Lanes>(tile.shares[set] + w);
    store_plane_lanes(tile.sum + w, sum);
  }
}

}  // namespace
}  // namespace crypten
