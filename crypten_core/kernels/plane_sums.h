// Sums of products of bit planes, one tile of 512 elements at a time (kernels/bit_slice.h): what is looked up in one-hot tables, products of bits that are opened under masks, and what the dealer defines for both. No tensors,
// since each version is compiled for its own instruction set.
#pragma once

#include <cstdint>
#include <span>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

// out = XOR of planes_a[a] · planes_b[b] over all pairs.
struct PlanePair {
  int a, b;
};
struct TileSum {
  const uint64_t *planes_a, *planes_b;
  std::span<const PlanePair> pairs;
  uint64_t* out;
};

// sum ^= flags · Π_i (bit_i ⊕ mask_i), as XOR over sets S of the bits: flags · Π_{i ∉ S} bit_i · shares[S], where shares[S] is a share of Π_{i ∈ S} mask_i and shares[∅] is `one` in every place:
// the party's share of the constant 1, all bits set on one rank and clear on the others.
// Of some tiles, one after the other: each operand's next tile is `…_stride` words on.
struct TileProduct {
  const uint64_t *flag_planes, *bit_planes;
  std::span<const int> flags, bits;  // up to 8 bits
  const uint64_t* const* shares;     // by S, bit i of it for bits[i]; [0] is not read
  uint64_t one;
  uint64_t* sum;
  int64_t tiles = 1;
  int64_t flag_stride = 0, bit_stride = 0, mask_stride = 0, product_stride = 0, sum_stride = 0;  // mask: of shares[S] for S of one bit; product: of more
};

struct PlaneSums {
  void (*sum)(const TileSum&);
  void (*add_product)(const TileProduct&);
  // The one-hot vector of a digit without its last entry: 2^width − 1 planes. digit: `width` planes, lowest bit first.
  void (*one_hot)(const uint64_t* digit, int width, uint64_t* table);
  // The product of two or more of these planes.
  void (*product)(const uint64_t* planes, std::span<const int> factors, uint64_t* out);
};

extern const PlaneSums kPlaneSumsPortable, kPlaneSumsAvx2, kPlaneSumsAvx512;
inline constexpr KernelTable<const PlaneSums*> kPlaneSums{{&kPlaneSumsPortable, &kPlaneSumsAvx2, &kPlaneSumsAvx512}};

}  // namespace crypten
