// mma.sync.m16n8k32 for unsigned bytes, and for an A of signed ones, as the PTX ISA defines it ("Matrix Fragments for mma.m16n8k32"): groupID = lane / 4, threadID_in_group = lane mod 4.
#pragma once

#include <array>
#include <cstdint>

#include "tests/cuda/emulation/execution.h"

namespace emulation {

struct Fragments {
  const uint32_t *a, *b;  // 4 and 2 words
  int32_t* sums;          // 4
  bool signed_a;
};

// False: an accumulator ran over.
inline bool multiply_fragments(const std::array<Fragments, 32>& lanes) {
  int16_t a[16][32], b[8][32];
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane / 4, t = lane % 4;
    const auto& own = lanes[static_cast<size_t>(lane)];
    const auto byte = [](const uint32_t* words, int i) { return static_cast<int16_t>(words[i / 4] >> 8 * (i % 4) & 0xff); };
    for (int i = 0; i < 16; ++i) a[(i < 4 || (i >= 8 && i < 12)) ? group : group + 8][t * 4 + (i & 3) + (i < 8 ? 0 : 16)] = own.signed_a ? static_cast<int8_t>(byte(own.a, i)) : byte(own.a, i);
    for (int i = 0; i < 8; ++i) b[group][t * 4 + (i & 3) + (i < 4 ? 0 : 16)] = byte(own.b, i);
  }
  bool exact = true;
  for (int lane = 0; lane < 32; ++lane) {
    for (int c = 0; c < 4; ++c) {
      const int row = c < 2 ? lane / 4 : lane / 4 + 8, column = lane % 4 * 2 + (c & 1);
      int32_t products = 0;  // at most 32 · 255²
      for (int k = 0; k < 32; ++k) products += a[row][k] * b[column][k];
      int32_t& sum = lanes[static_cast<size_t>(lane)].sums[c];
      exact &= !__builtin_add_overflow(sum, products, &sum);
    }
  }
  return exact;
}

// The same by a warp of the device. Aborts where an accumulator runs over.
void multiply_bytes(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], bool signed_a);

}  // namespace emulation
