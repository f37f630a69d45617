// vpmullq keeps the low 64 bits of eight products: one instruction per cycle on AMD's CPUs since Zen 4, three steps on Intel's, where sums
// of halves (the AVX2 path's way) would take as many.
#include <immintrin.h>

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {
namespace {

// Pins a value to its register, so that products are added in the order they are written in.
inline void keep(__m512i& value) { asm volatile("" : "+v"(value)); }

inline __m512i load(const uint64_t* from) { return _mm512_loadu_si512(from); }

// The lanes below `count` of a last, shorter group.
inline __mmask8 first(int64_t count) { return static_cast<__mmask8>((1u << count) - 1); }

constexpr int kRows = 8, kVectors = 2;  // sixteen sums hide the latency of a product; wider blocks would waste more at the edges

void block(int64_t length, const uint64_t* a, const uint64_t* b, uint64_t* c, int64_t row_stride, bool accumulate) {
  __m512i sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_setzero_si512();
  }
  for (int64_t l = 0; l < length; ++l, a += kRows, b += 8 * kVectors) {
    const __m512i columns[kVectors] = {load(b), load(b + 8)};
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const __m512i factor = _mm512_set1_epi64(static_cast<int64_t>(a[i]));
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        sums[i][v] = _mm512_add_epi64(sums[i][v], _mm512_mullo_epi64(factor, columns[v]));
        keep(sums[i][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i, c += row_stride) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      uint64_t* const to = c + 8 * v;
      _mm512_storeu_si512(to, accumulate ? _mm512_add_epi64(load(to), sums[i][v]) : sums[i][v]);
    }
  }
}

void axpy(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y) {
  const __m512i factors = _mm512_set1_epi64(static_cast<int64_t>(factor));
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) _mm512_storeu_si512(y + i, _mm512_add_epi64(load(y + i), _mm512_mullo_epi64(factors, load(x + i))));
  if (i == count) return;
  const __mmask8 rest = first(count - i);
  const __m512i product = _mm512_mullo_epi64(factors, _mm512_maskz_loadu_epi64(rest, x + i));
  _mm512_mask_storeu_epi64(y + i, rest, _mm512_add_epi64(_mm512_maskz_loadu_epi64(rest, y + i), product));
}

uint64_t dot(int64_t count, const uint64_t* x, const uint64_t* y) {
  constexpr int kSums = 4;  // a product and a sum take several cycles: four chains run side by side
  __m512i sums[kSums];
  for (auto& sum : sums) sum = _mm512_setzero_si512();
  int64_t i = 0;
  for (; i + 8 * kSums <= count; i += 8 * kSums) {
#pragma GCC unroll 4
    for (int s = 0; s < kSums; ++s) sums[s] = _mm512_add_epi64(sums[s], _mm512_mullo_epi64(load(x + i + 8 * s), load(y + i + 8 * s)));
  }
  for (; i < count; i += 8) {
    const __mmask8 rest = count - i < 8 ? first(count - i) : __mmask8{0xff};
    sums[0] = _mm512_add_epi64(sums[0], _mm512_mullo_epi64(_mm512_maskz_loadu_epi64(rest, x + i), _mm512_maskz_loadu_epi64(rest, y + i)));
  }
  uint64_t lanes[8], sum = 0;
  _mm512_storeu_si512(lanes, _mm512_add_epi64(_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3])));
  for (const uint64_t lane : lanes) sum += lane;
  return sum;
}

}  // namespace

extern const RingKernels kRingKernelsAvx512{kRows, 8 * kVectors, block, axpy, dot};

}  // namespace crypten
