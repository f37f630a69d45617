// The bodies of kernels/tile_planes.h on registers of 512 bits: a plane of a tile is one. Included by the sources of AVX-512 and of GFNI,
// whose `Steps` are
//   enter<high>(a, b): a and b are eight words each; the words are their bytes 2·i (high: 2·i + 1), i = 0 … 3, of a and of b in turn: eight
//   8 × 8 bit matrices, transposed; leave<odd>(a, b): 128-bit lanes 0 and 2 (odd: 1 and 3) of a, then of b; byte k of word i of that goes
//   to byte i of word k.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>

#include "crypten_core/kernels/lanes.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

inline constexpr int kEven = 0x88, kOdd = 0xdd;  // 128-bit lanes 0 and 2, or 1 and 3, of two registers, for shuffle_i64x2

// A 64 × 64 bit matrix: row 8·i + j is word j of in[i], and so is column 8·i + j of the result.
template <class Steps>
inline void transpose_bits(const __m512i* in, __m512i* out) {
  __m512i low[4], high[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    low[i] = Steps::template enter<false>(in[2 * i], in[2 * i + 1]);
    high[i] = Steps::template enter<true>(in[2 * i], in[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int odd = 0; odd < 2; ++odd) {
    const __m512i* const from = odd ? high : low;
    const __m512i a0 = _mm512_shuffle_i64x2(from[0], from[1], kEven), a1 = _mm512_shuffle_i64x2(from[2], from[3], kEven);
    const __m512i b0 = _mm512_shuffle_i64x2(from[0], from[1], kOdd), b1 = _mm512_shuffle_i64x2(from[2], from[3], kOdd);
    out[odd] = Steps::template leave<false>(a0, a1), out[4 + odd] = Steps::template leave<true>(a0, a1);
    out[2 + odd] = Steps::template leave<false>(b0, b1), out[6 + odd] = Steps::template leave<true>(b0, b1);
  }
}

// An 8 × 8 matrix of words.
inline void transpose_words(const __m512i* in, __m512i* out) {
  __m512i low[4], high[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i)
    low[i] = _mm512_unpacklo_epi64(in[2 * i], in[2 * i + 1]), high[i] = _mm512_unpackhi_epi64(in[2 * i], in[2 * i + 1]);
#pragma GCC unroll 2
  for (int odd = 0; odd < 2; ++odd) {
    const __m512i* const from = odd ? high : low;
    const __m512i a0 = _mm512_shuffle_i64x2(from[0], from[1], kEven), a1 = _mm512_shuffle_i64x2(from[2], from[3], kEven);
    const __m512i b0 = _mm512_shuffle_i64x2(from[0], from[1], kOdd), b1 = _mm512_shuffle_i64x2(from[2], from[3], kOdd);
    out[odd] = _mm512_shuffle_i64x2(a0, a1, kEven), out[4 + odd] = _mm512_shuffle_i64x2(a0, a1, kOdd);
    out[2 + odd] = _mm512_shuffle_i64x2(b0, b1, kEven), out[6 + odd] = _mm512_shuffle_i64x2(b0, b1, kOdd);
  }
}

// Bit `bit` of the words of a tile.
inline __m512i gather_bit(const uint64_t* words, int bit) {
  const __m512i chosen = _mm512_set1_epi64(static_cast<int64_t>(uint64_t{1} << bit));
  alignas(64) uint8_t bytes[64];
#pragma GCC unroll 8
  for (int i = 0; i < 64; ++i) bytes[i] = static_cast<uint8_t>(_mm512_test_epi64_mask(_mm512_loadu_si512(words + 8 * i), chosen));
  return _mm512_load_si512(bytes);
}

template <class Steps>
void slice_by_registers(const uint64_t* words, int first_bit, int count, uint64_t* planes) {
  constexpr int kFewBits = 3;
  if (count <= kFewBits) {
    for (int p = 0; p < count; ++p) _mm512_storeu_si512(planes + p * kPlaneWords, gather_bit(words, first_bit + p));
    return;
  }
  __m512i columns[8][kPlaneWords];  // [b][w]: word w of planes 8·b … 8·b + 7
  for (int w = 0; w < kPlaneWords; ++w) {
    __m512i rows[8], out[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) rows[i] = _mm512_loadu_si512(words + 64 * w + 8 * i);
    transpose_bits<Steps>(rows, out);
#pragma GCC unroll 8
    for (int b = 0; b < 8; ++b) columns[b][w] = out[b];
  }
  const int end = first_bit + count;
  for (int b = first_bit / 8; 8 * b < end; ++b) {
    __m512i out[8];
    transpose_words(columns[b], out);
    const int first = 8 * b - first_bit;  // plane of the lowest bit here; below 0 where the first planes are not wanted
    if (first_bit <= 8 * b && 8 * b + 8 <= end) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) _mm512_storeu_si512(planes + (first + i) * kPlaneWords, out[i]);
    } else {
      for (int i = std::max(0, -first); i < std::min(8, count - first); ++i) _mm512_storeu_si512(planes + (first + i) * kPlaneWords, out[i]);
    }
  }
}

template <class Steps>
void unslice_by_registers(const uint64_t* planes, int64_t stride, int first_bit, int count, uint64_t* words) {
  __m512i rows[kPlaneWords][8];  // [w][b]: word w of planes 8·b … 8·b + 7
  const int end = first_bit + count;
  for (int b = 0; b < 8; ++b) {
    __m512i in[8], out[8];
    const int first = 8 * b - first_bit;
    if (first_bit <= 8 * b && 8 * b + 8 <= end) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) in[i] = _mm512_loadu_si512(planes + (first + i) * stride);
    } else {
      for (int i = 0; i < 8; ++i) in[i] = 0 <= first + i && first + i < count ? _mm512_loadu_si512(planes + (first + i) * stride) : __m512i{};
    }
    transpose_words(in, out);
#pragma GCC unroll 8
    for (int w = 0; w < kPlaneWords; ++w) rows[w][b] = out[w];
  }
  for (int w = 0; w < kPlaneWords; ++w) {
    __m512i out[8];
    transpose_bits<Steps>(rows[w], out);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) _mm512_storeu_si512(words + 64 * w + 8 * i, out[i]);
  }
}

}  // namespace
}  // namespace crypten
