// Bit planes of one tile of 512 elements (kernels/bit_slice.h) at a time: where they lie, products, one-hot vectors of digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/plane_sums.h"
#include "crypten_core/word_tensor.h"

namespace crypten {

inline at::Tensor empty_planes(int64_t tiles, int64_t planes) { return empty_words({tiles, planes, kTileWords}); }
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

// One-hot vector of a digit without its last entry: 2^width − 1 planes. digit: `width` planes, lowest bit first.
inline void one_hot_planes(const uint64_t* digit, int width, uint64_t* table) { kPlaneSums[kernel_path()]->one_hot(digit, width, table); }

// The products of these sets of two or more planes, one after the other.
inline void products_of_planes(const std::vector<std::vector<int>>& sets, const uint64_t* planes, uint64_t* product) {
  const auto product_of = kPlaneSums[kernel_path()]->product;
  for (const auto& factors : sets) {
    product_of(planes, factors, product);
    product += kTileWords;
  }
}

}  // namespace crypten
