// What one GPU thread does for size classes (mpc/protocol/class_tree.h), a word of 64 elements at a time: the arithmetic of cuda/class_planes.cu. No tensors.
// Planes of a tile follow one another; `tile` arguments are the tile's first plane, from the word on that is the thread's.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::class_lanes {

inline constexpr int kPlane = 8;  // words: kTileWords, whose header needs tensors
inline constexpr int kWidestChunk = 7, kFlags = 4;

CRYPTEN_HOST_DEVICE int derived_planes(int chunk_bits) { return (2 << chunk_bits) - 2; }

// kernels/digit_tables.h for one chunk: where its digit has each value; the one-hot table and those of its upper parts; the four flags.
CRYPTEN_HOST_DEVICE void chunk_of_digit_tables(const uint64_t* digit, const uint64_t* table, int bits, uint64_t one, uint64_t* values, uint64_t* derived,
                                               uint64_t* flags) {
  const int entries = 1 << bits;
  uint64_t planes[kWidestChunk];
  CRYPTEN_UNROLL
  for (int i = 0; i < kWidestChunk; ++i) planes[i] = i < bits ? digit[i * kPlane] : 0;
  for (int value = 0; value < entries; ++value) {
    uint64_t equal = ~uint64_t{0};
    CRYPTEN_UNROLL
    for (int i = 0; i < kWidestChunk; ++i) equal &= i < bits ? planes[i] ^ ((value >> i & 1) - uint64_t{1}) : ~uint64_t{0};
    values[value * kPlane] = equal;
    if (value == 0) flags[0] = equal, flags[kPlane] = ~equal;
    if (value + 1 == entries) flags[2 * kPlane] = equal, flags[3 * kPlane] = ~equal;
  }
  uint64_t last = one;
  for (int u = 0; u + 1 < entries; ++u) last ^= derived[u * kPlane] = table[u * kPlane];
  derived[(entries - 1) * kPlane] = last;
  uint64_t *from = derived, *to = derived + entries * kPlane;
  for (int size = entries / 2; size > 1; size /= 2) {
    for (int w = 0; w < size; ++w, from += 2 * kPlane, to += kPlane) *to = from[0] ^ from[kPlane];
  }
}

// Lists as kernels/sums_of_planes.h writes them for a device: programs of sum number `sum` begin at program[sum] and end at program[sum + 1].

// XOR of a's plane · b's plane over all pairs: two numbers each.
CRYPTEN_HOST_DEVICE uint64_t sum_of_pairs(const int64_t* program, int64_t sum, const uint64_t* a_tile, const uint64_t* b_tile) {
  uint64_t result = 0;
  for (int64_t at = program[sum]; at < program[sum + 1]; at += 2) result ^= a_tile[program[at] * kPlane] & b_tile[program[at + 1] * kPlane];
  return result;
}

inline constexpr int kMostBits = 8;  // of a monomial

// XOR over monomials of Π flags · Π_i (bit_i ⊕ mask_i), as kernels/plane_sums.h. Of each: the numbers of flags and of bits, then these, then a plane for each
// set of bits but the empty one.
CRYPTEN_HOST_DEVICE uint64_t sum_of_products(const int64_t* program, int64_t sum, const uint64_t* flag_tile, const uint64_t* bit_tile,
                                             const uint64_t* mask_tile, const uint64_t* product_tile, uint64_t one) {
  uint64_t result = 0;
  for (int64_t at = program[sum]; at < program[sum + 1];) {
    const auto flags = static_cast<int>(program[at]), count = static_cast<int>(program[at + 1]);
    at += 2;
    uint64_t factor = ~uint64_t{0};
    for (int i = 0; i < flags; ++i) factor &= flag_tile[program[at++] * kPlane];
    uint64_t bits[kMostBits];
    CRYPTEN_UNROLL
    for (int i = 0; i < kMostBits; ++i) bits[i] = i < count ? bit_tile[program[at + i] * kPlane] : 0;
    at += count;
    for (unsigned set = 0; set < 1U << count; ++set) {
      uint64_t share = one;
      if (set != 0) share = ((set & (set - 1)) == 0 ? mask_tile : product_tile)[program[at++] * kPlane];
      CRYPTEN_UNROLL
      for (int i = 0; i < kMostBits; ++i) share &= i >= count || (set >> i & 1) ? ~uint64_t{0} : bits[i];
      result ^= factor & share;
    }
  }
  return result;
}

}  // namespace crypten::class_lanes
