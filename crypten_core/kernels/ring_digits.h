// Blocks of ring products from products of bytes, for instructions that multiply tiles of bytes (Intel's AMX): the source of a path includes this with its
// tiles, tests with an imitation of them. A word is its eight bytes, Σ d_i · 2^(8i). Mod 2^64 only the 36 products d_i · e_j with i + j ≤ 7 count, and those of
// one place i + j share an accumulator of 32 bits: at places 4 … 7 only the low 32 bits of a sum count, so it may wrap; at places 0 … 3 at most four products
// meet, and a sum stays below 2^31 in magnitude for kMostDigitsLength steps. A word known to be small needs fewer digits, of which the highest carries the
// sign.
//
// Tiles: eight registers of 16 rows × 64 bytes, addressed by constants.
//   configure(), release()          take and give back the registers, for the calling thread
//   zero<C>(), store<C>(to)         to: 16 × 16 sums, row by row
//   load<T>(from)                   from: 1024 bytes, row by row
//   dot<C, A, B, signed A, signed B>   C[m][n] += Σ_k Σ_q A[m][4k + q] · B[k][4n + q] mod 2^32, over bytes of either signedness
// In an anonymous namespace, since each including source compiles it with its own instructions.
#pragma once

#include <emmintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

inline constexpr int64_t kDigitsStep = 64, kDigitsLines = 16;  // of a tile: bytes of a row, rows; columns of a result are as many as rows
inline constexpr int64_t kDigitsTile = kDigitsStep * kDigitsLines, kDigitsChunk = kDigitsTile;  // bytes of a tile; words of eight, one for each digit
inline constexpr int64_t kMostDigitsLength = 8256;
static_assert(4 * int64_t{255} * 255 * kMostDigitsLength < int64_t{1} << 31, "four products of digits in each step must fit a signed accumulator");
static_assert(kGemmLength <= kMostDigitsLength);

namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

// f(0), …, f(count − 1), each with its own constant.
template <int kCount, class F>
inline __attribute__((always_inline)) void for_each_constant(const F& f) {
  if constexpr (kCount > 0) {
    for_each_constant<kCount - 1>(f);
    f(std::integral_constant<int, kCount - 1>());
  }
}

// Digits of four steps: of words w and w + 1 of rows 0 … 3, `stride` words apart. low[i], high[i]: digits 0 … 3 and 4 … 7 of word w + i, each digit four bytes.
inline void digits_of_four(const uint64_t* words, int64_t stride, __m128i (&low)[2], __m128i (&high)[2]) {
  const auto row = [&](int64_t r) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(words + r * stride)); };
  const __m128i r0 = row(0), r1 = row(1), r2 = row(2), r3 = row(3);
  const __m128i first[2] = {_mm_unpacklo_epi8(r0, r1), _mm_unpackhi_epi8(r0, r1)}, second[2] = {_mm_unpacklo_epi8(r2, r3), _mm_unpackhi_epi8(r2, r3)};
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    low[i] = _mm_unpacklo_epi16(first[i], second[i]);
    high[i] = _mm_unpackhi_epi16(first[i], second[i]);
  }
}

// Element i of group j becomes element j of group i; group i is stored at to + i tiles.
inline void store_transposed(const __m128i& g0, const __m128i& g1, const __m128i& g2, const __m128i& g3, std::byte* to) {
  const __m128i a = _mm_unpacklo_epi32(g0, g1), b = _mm_unpackhi_epi32(g0, g1), c = _mm_unpacklo_epi32(g2, g3), d = _mm_unpackhi_epi32(g2, g3);
  const auto put = [&](int64_t i, __m128i value) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * kDigitsTile), value); };
  put(0, _mm_unpacklo_epi64(a, c));
  put(1, _mm_unpackhi_epi64(a, c));
  put(2, _mm_unpacklo_epi64(b, d));
  put(3, _mm_unpackhi_epi64(b, d));
}

// Calls split(words, tiles) for each 64 steps of a panel of 16 lanes; the eight tiles, lowest digit first, take the place of their words.
template <class Split>
inline void split_chunks(int64_t length, uint64_t* panel, const Split& split) {
  alignas(64) uint64_t words[kDigitsChunk];
  for (int64_t l = 0; l < length; l += kDigitsStep, panel += kDigitsChunk) {
    std::memcpy(words, panel, sizeof words);
    split(words, reinterpret_cast<std::byte*>(panel));
  }
}

// A's tiles: row r has a byte of lane r for each step.
inline void split_rows(int64_t length, uint64_t* panel) {
  split_chunks(length, panel, [](const uint64_t* words, std::byte* tiles) {
    for (int64_t l = 0; l < kDigitsStep; l += 16) {
      for (int64_t lane = 0; lane < kDigitsLines; lane += 2) {
        __m128i low[4][2], high[4][2];
#pragma GCC unroll 4
        for (int64_t q = 0; q < 4; ++q) digits_of_four(words + (l + 4 * q) * kDigitsLines + lane, kDigitsLines, low[q], high[q]);
#pragma GCC unroll 2
        for (int64_t i = 0; i < 2; ++i) {
          std::byte* const to = tiles + (lane + i) * kDigitsStep + l;
          store_transposed(low[0][i], low[1][i], low[2][i], low[3][i], to);
          store_transposed(high[0][i], high[1][i], high[2][i], high[3][i], to + 4 * kDigitsTile);
        }
      }
    }
  });
}

// B's tiles: row k has bytes of the four steps from 4k on, for each lane.
inline void split_columns(int64_t length, uint64_t* panel) {
  split_chunks(length, panel, [](const uint64_t* words, std::byte* tiles) {
    for (int64_t l = 0; l < kDigitsStep; l += 4) {
      for (int64_t lane = 0; lane < kDigitsLines; lane += 4) {
        __m128i low[2][2], high[2][2];
#pragma GCC unroll 2
        for (int64_t q = 0; q < 2; ++q) digits_of_four(words + l * kDigitsLines + lane + 2 * q, kDigitsLines, low[q], high[q]);
        std::byte* const to = tiles + l * kDigitsLines + lane * 4;
        store_transposed(low[0][0], low[0][1], low[1][0], low[1][1], to);
        store_transposed(high[0][0], high[0][1], high[1][0], high[1][1], to + 4 * kDigitsTile);
      }
    }
  });
}

// The sums at places kFirst … kFirst + 3, for operands of kA and kB digits: four accumulators, one digit of A and three of B in registers. The digits of B that
// digit i + 1 of A meets are those that digit i met but for one, so each is loaded once; products in a row go to different accumulators.
template <class Tiles, int kFirst, int kA, int kB>
inline void sum_places(int64_t length, const std::byte* a, const std::byte* b, uint32_t (*sums)[kDigitsLines * kDigitsLines]) {
  constexpr int kDigitOfA = 4, kDigitsOfB = 5;
  for_each_constant<4>([](auto place) { Tiles::template zero<place()>(); });
  for (int64_t l = 0; l < length; l += kDigitsStep, a += 8 * kDigitsTile, b += 8 * kDigitsTile) {
    for_each_constant<std::min(kA, kFirst + 4)>([&](auto digit_a) {
      constexpr int i = digit_a(), highest = kFirst + 3 - i, lowest = std::max(0, kFirst - i);
      if constexpr (lowest < kB) {
        Tiles::template load<kDigitOfA>(a + i * kDigitsTile);
        for_each_constant<highest - lowest + 1>([&](auto down) {
          constexpr int j = highest - down(), at = kDigitsOfB + j % 3, first_i = std::max(0, kFirst - j);
          if constexpr (j < kB) {
            if constexpr (i == first_i) Tiles::template load<at>(b + j * kDigitsTile);
            Tiles::template dot<i + j - kFirst, kDigitOfA, at, (kA < 8 && i == kA - 1), (kB < 8 && j == kB - 1)>();
          }
        });
      }
    });
  }
  for_each_constant<4>([&](auto place) { Tiles::template store<place()>(sums[place()]); });
}

// RingKernels::block for 16 × 16 results out of panels that split_rows and split_columns have made.
template <class Tiles, int kA, int kB>
void digits_block(const Block& p) {
  alignas(64) uint32_t low[4][kDigitsLines * kDigitsLines], high[4][kDigitsLines * kDigitsLines];
  const auto* const rows = reinterpret_cast<const std::byte*>(p.a);
  const auto* const columns = reinterpret_cast<const std::byte*>(p.b);
  sum_places<Tiles, 4, kA, kB>(p.length, rows, columns, high);
  sum_places<Tiles, 0, kA, kB>(p.length, rows, columns, low);
  uint64_t* c = p.c;
  for (int64_t r = 0; r < kDigitsLines; ++r, c += p.c_row) {
    const int64_t at = r * kDigitsLines;
    uint64_t line[kDigitsLines];
    for (int64_t n = 0; n < kDigitsLines; ++n) {
      const uint32_t top = high[0][at + n] + (high[1][at + n] << 8) + (high[2][at + n] << 16) + (high[3][at + n] << 24);
      const auto sum = [&](int place) { return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(low[place][at + n]))); };
      line[n] = sum(0) + (sum(1) << 8) + (sum(2) << 16) + (sum(3) << 24) + (uint64_t{top} << 32);
    }
    if (p.accumulate) {
      for (int64_t n = 0; n < kDigitsLines; ++n) c[n] += line[n];
    } else {
      std::memcpy(c, line, sizeof line);
    }
  }
}

// The kernels over these tiles, for operands of kA and kB digits, beside those on words (RingKernels::Digits::words, most_zeros).
template <class Tiles, const RingKernels& kWords, int64_t kMostZeros>
struct DigitKernels {
  static const RingKernels* narrow(bool of_a, int bits) {
    switch ((bits + 7) / 8) {
      case 1:
        return of_a ? &kKernels<1, 8> : &kKernels<8, 1>;
      case 2:
        return of_a ? &kKernels<2, 8> : &kKernels<8, 2>;
      case 3:
        return of_a ? &kKernels<3, 8> : &kKernels<8, 3>;
      case 4:
        return of_a ? &kKernels<4, 8> : &kKernels<8, 4>;
      default:  // five digits would save a sixth
        return &kKernels<8, 8>;
    }
  }

  static constexpr RingKernels::Digits kDigits{kDigitsStep, split_rows, split_columns, Tiles::configure, Tiles::release, narrow, &kWords, kMostZeros};
  template <int kA, int kB>
  static constexpr RingKernels kKernels{kDigitsLines, kDigitsLines, digits_block<Tiles, kA, kB>, nullptr, nullptr, nullptr, 0, nullptr, nullptr, &kDigits};
};

}  // namespace
}  // namespace crypten
