// Bit planes of one tile of 512 elements (kernels/bit_slice.h) at a time: where they lie, products, one-hot vectors of digits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"

namespace crypten {

inline at::Tensor empty_planes(int64_t tiles, int64_t planes) { return at::empty({tiles, planes, kTileWords}, at::kLong); }
// Words of the planes of one tile: planes follow one another.
inline const uint64_t* tile_of(const at::Tensor& planes, int64_t tile) {
  return reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()) + tile * planes.stride(0);
}
inline uint64_t* tile_of(at::Tensor& planes, int64_t tile) {
  return reinterpret_cast<uint64_t*>(planes.mutable_data_ptr<int64_t>()) + tile * planes.stride(0);
}

// out may be a.
inline void multiply_planes(uint64_t* out, const uint64_t* a, const uint64_t* __restrict b) {
  for (int64_t w = 0; w < kTileWords; ++w) out[w] = a[w] & b[w];
}

// One-hot vector of a digit without its last entry: 2^width − 1 planes. digit: `width` planes, lowest bit first. Doubling: entries of i bits become entries of i + 1 bits.
inline void one_hot_planes(const uint64_t* __restrict digit, int width, uint64_t* __restrict table) {
  const int last = (1 << width) - 1;
  std::fill_n(table, kTileWords, ~uint64_t{0});
  for (int i = 0; i < width; ++i, digit += kTileWords) {
    for (int u = 0; u < 1 << i; ++u) {
      uint64_t *clear = table + u * kTileWords, *set = table + (u | 1 << i) * kTileWords;
      if ((u | 1 << i) != last) multiply_planes(set, clear, digit);
      for (int64_t w = 0; w < kTileWords; ++w) clear[w] &= ~digit[w];
    }
  }
}

// The products of these sets of two or more planes, one after the other.
inline void products_of_planes(const std::vector<std::vector<int>>& sets, const uint64_t* planes, uint64_t* product) {
  for (const auto& factors : sets) {
    multiply_planes(product, planes + factors[0] * kTileWords, planes + factors[1] * kTileWords);
    for (size_t i = 2; i < factors.size(); ++i) multiply_planes(product, product, planes + factors[i] * kTileWords);
    product += kTileWords;
  }
}

}  // namespace crypten
