// Bit-sliced pieces of a comparison between a public number and a shared one, on tensors of planes [T, planes, 8] (kernels/bit_slice.h), a tile at a time.
// Everything is XOR-linear in the shares, so it yields one party's shares of the result. `holds_one`: this party's share of the constant 1 is 1 (true on one rank).
// On the CPU, or on a device for which cuda/ registered them. Throw InvalidArgument: not int64, operands on different devices, a device without kernels,
// another number of tiles, planes that are not there, more than kMostFactors pairs.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace crypten {

// Digits u, as one-hot vectors e without the last entry (the entries XOR to 1), against public digits v: less = [v < u] = XOR_{u > v} e_u, equal = e_v.
struct DigitLookup {
  int64_t first_bit = 0;          // v: planes first_bit … first_bit + width − 1 of `numbers`, lowest bit first
  int width = 0;                  // 1 … 7
  int64_t first_table_plane = 0;  // e: 2^width − 1 planes of `tables`
  int64_t less = -1, equal = -1;  // planes of the result, −1: not wanted
};
at::Tensor look_up_digits(const at::Tensor& numbers, const at::Tensor& tables, std::span<const DigitLookup> lookups, int64_t result_planes, bool holds_one);

// A plane of a tensor of planes; undefined: there is none.
struct Plane {
  at::Tensor planes;
  int64_t index = 0;
};

// Pairs (less_i, equal_i), most significant first, each bit given as a public plane b̂ and a shared mask, bit = b̂ ⊕ mask:
// less = XOR_i equal_0 ⋯ equal_{i−1}·less_i, equal = equal_0 ⋯ equal_{k−1}: the AND of k bits is such an `equal`.
struct PairMerge {
  std::vector<Plane> public_less;  // k planes, or none where `less` is not wanted
  std::vector<Plane> public_equal; // k planes; the last is not read where `equal` is not wanted
  // [2^i − 1 + A], A < 2^i: shares of the product of the mask of less_i and those of equal_j, j ∈ A (bit j of A).
  std::vector<Plane> masks_less;
  // [A]: shares of the product of the masks of equal_j, j ∈ A; [0] is not read. 2^(k−1) of them, 2^k where `equal` is wanted.
  std::vector<Plane> masks_equal;
  int64_t less = -1, equal = -1;   // planes of the result, −1: not wanted
};
at::Tensor merge_pairs(std::span<const PairMerge> merges, int64_t tiles, int64_t result_planes, bool holds_one);

}  // namespace crypten
