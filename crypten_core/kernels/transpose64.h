// Transposition of a 64 × 64 bit matrix: bit j of out[i] is bit i of in[j]. Its own inverse.
// Source: recursive exchange of off-diagonal blocks, H. S. Warren, Hacker's Delight, 2nd edition, section 7-3.
#pragma once

#include <cstdint>

namespace crypten {

using Transpose64 = void (*)(const uint64_t* in, uint64_t* out);  // 64 words each, any alignment; out may be in

void transpose64_portable(const uint64_t* in, uint64_t* out);
void transpose64_avx2(const uint64_t* in, uint64_t* out);

// Bit j of the result is bit `bit` of in[j]: one row of the transpose, cheaper than all of it for up to six of them.
using GatherBit = uint64_t (*)(const uint64_t* in, int bit);

uint64_t gather_bit_portable(const uint64_t* in, int bit);
uint64_t gather_bit_avx2(const uint64_t* in, int bit);

}  // namespace crypten
