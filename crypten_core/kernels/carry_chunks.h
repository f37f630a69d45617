// Carries within chunks of two words a and b, whose bits are public ⊕ dealer-known, in XOR shares (formula and names: mpc/provider/word_plan.h), on tensors of
// planes [tiles, planes, 8] (kernels/bit_slice.h). On the CPU, or on a device for which cuda/ registered it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "crypten_core/kernels/carry_lanes.h"

namespace crypten {

struct CarryChunk {
  int low_bit = 0, width = 0;  // 1 … 7 bits
  // Planes of `products`, for each bit i of the chunk and each set S of the bits above it in the chunk, bit i's 2^(width − 1 − i) sets after those of the bits
  // below: shares of π_S·α_i·β_i, π_S·α_i and π_S·β_i. −1: not dealt, as all with α of a lift, and as α_i and β_i alone, which are masks.
  std::vector<int> both, a, b;
  // Of the low 1, 2, … width bits of the chunk: planes of the second result, for G and P. −1: not wanted.
  std::vector<int> open_generated, open_passed;
};

struct CarryOperands {
  at::Tensor words;     // public: of a and then b, word_bits planes each; of a lift, of a only
  at::Tensor masks;     // own shares of α and then β, likewise; of a lift not read
  at::Tensor products;  // own shares
  int64_t word_bits = 0;
  bool lift = false;  // b is dealer-known as a whole, a is public
};

// Own shares: G of the low 1, 2, … bits of each chunk, [tiles, word_bits, 8], plane low_bit + j − 1, those of no chunk not set; and what is opened, [tiles,
// opened_planes, 8]. `holds_one`: this party's share of 1 is 1. Throws InvalidArgument (160, 124): another form, planes that are not there, different devices,
// a device without this kernel.
std::pair<at::Tensor, at::Tensor> carry_chunks(const CarryOperands& operands, std::span<const CarryChunk> chunks, int64_t opened_planes, bool holds_one);

// What a torch operator can be given, and back.
std::vector<int64_t> numbers_of(std::span<const CarryChunk> chunks);
std::vector<CarryChunk> carry_chunks_of(at::IntArrayRef numbers);

// One for each chunk, for contiguous operands, checked.
std::vector<CarryTile> carry_tiles(const CarryOperands& operands, std::span<const CarryChunk> chunks, bool holds_one, at::Tensor& generated,
                                   at::Tensor& opened);

}  // namespace crypten
