// The kernels behind kernels/compare_bits.h: one tile of 512 elements, planes of eight words (kernels/bit_slice.h). No tensors, since each version is compiled for
// its own instruction set. Every function is XOR-linear in the shares that it is given, so it yields one party's shares of its result. `one`: that party's share of the constant 1, all
// bits set on one rank and clear on the others. Results may not overlap inputs.
#pragma once

#include <cstdint>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

inline constexpr int kWidestDigit = 7;   // bits of a digit that a table describes
inline constexpr int kMostFactors = 8;   // bits multiplied at once

// A digit u as its one-hot vector e without the last entry (all entries XOR to 1), against a public digit v: less = [v < u] = XOR_{u > v} e_u, equal = e_v.
struct TileLookup {
  int width = 0;                    // 1 … kWidestDigit
  const uint64_t* digit = nullptr;  // v: `width` planes, lowest bit first
  const uint64_t* table = nullptr;  // 2^width − 1 planes
  uint64_t one = 0;
  uint64_t* less = nullptr;         // null: not wanted
  uint64_t* equal = nullptr;
};

// Pairs (less_i, equal_i), most significant first, each bit given as a public plane b̂ and a shared mask, bit = b̂ ⊕ mask:
// less = XOR_i equal_0 ⋯ equal_{i−1}·less_i, equal = equal_0 ⋯ equal_{pairs−1}.
// masks_equal[A]: shares of the product of the masks of equal_j, j ∈ A (bit j of A); [0] is not read.
// masks_less[2^i − 1 + A], A < 2^i: shares of the product of the mask of less_i and those of equal_j, j ∈ A.
struct TileMerge {
  int pairs = 0;                                // 1 … kMostFactors
  const uint64_t* const* public_less = nullptr;  // `pairs` planes; not read where `less` is null
  const uint64_t* const* public_equal = nullptr; // the last one is not read where `equal` is null
  const uint64_t* const* masks_less = nullptr;
  const uint64_t* const* masks_equal = nullptr;
  uint64_t one = 0;
  uint64_t* less = nullptr;                      // null: not wanted
  uint64_t* equal = nullptr;                     // null: not wanted
};

using LookUpDigit = void (*)(const TileLookup&);
using MergePairs = void (*)(const TileMerge&);

void look_up_digit_portable(const TileLookup& lookup);
void look_up_digit_avx2(const TileLookup& lookup);
void look_up_digit_avx512(const TileLookup& lookup);
void merge_pairs_portable(const TileMerge& merge);
void merge_pairs_avx2(const TileMerge& merge);
void merge_pairs_avx512(const TileMerge& merge);

inline constexpr KernelTable<LookUpDigit> kLookUpDigit{{look_up_digit_portable, look_up_digit_avx2, look_up_digit_avx512}};
inline constexpr KernelTable<MergePairs> kMergePairs{{merge_pairs_portable, merge_pairs_avx2, merge_pairs_avx512}};

}  // namespace crypten
