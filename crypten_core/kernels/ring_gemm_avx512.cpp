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

template <int kUsed>  // vectors of the panel's kVectors
void block(const Block& p) {
  __m512i sums[kRows][kUsed];
  const uint64_t* rows[kRows];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    rows[i] = p.a + i * p.a_row;
#pragma GCC unroll 2
    for (int v = 0; v < kUsed; ++v) sums[i][v] = _mm512_setzero_si512();
  }
  const uint64_t* b = p.b;
  int64_t at = 0;
  for (int64_t l = 0; l < p.length; ++l, at += p.a_step, b += 8 * kVectors) {
    __m512i columns[kUsed];
#pragma GCC unroll 2
    for (int v = 0; v < kUsed; ++v) columns[v] = load(b + 8 * v);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const __m512i factor = _mm512_set1_epi64(static_cast<int64_t>(rows[i][at]));
#pragma GCC unroll 2
      for (int v = 0; v < kUsed; ++v) {
        sums[i][v] = _mm512_add_epi64(sums[i][v], _mm512_mullo_epi64(factor, columns[v]));
        keep(sums[i][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kUsed; ++v) {
      uint64_t* const to = p.c + i * p.c_row + 8 * v;
      _mm512_storeu_si512(to, p.accumulate ? _mm512_add_epi64(load(to), sums[i][v]) : sums[i][v]);
    }
  }
}

// Words l … l + 7 of eight lines become eight rows of a panel.
inline void transpose(const uint64_t* lines, int64_t stride, uint64_t* panel) {
  constexpr int64_t kAhead = 32;  // lines of a wide matrix lie in different pages, which the CPU does not foresee
  const auto line = [&](int64_t j) {
    __builtin_prefetch(lines + j * stride + kAhead);
    return load(lines + j * stride);
  };
  __m512i pairs[8], fours[8];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {  // pairs[j]: words 0, 2, 4, 6 of lines 2j and 2j + 1; pairs[j + 4]: the odd ones
    const __m512i a = line(2 * j), b = line(2 * j + 1);
    pairs[j] = _mm512_unpacklo_epi64(a, b);
    pairs[j + 4] = _mm512_unpackhi_epi64(a, b);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {  // fours[2j]: words j and j + 4 of lines 0 … 3; fours[2j + 1]: of lines 4 … 7
    const int odd = j % 2 * 4, upper = j / 2;
    const auto halves = [&](int first) {
      return upper ? _mm512_shuffle_i64x2(pairs[odd + first], pairs[odd + first + 1], 0xdd) : _mm512_shuffle_i64x2(pairs[odd + first], pairs[odd + first + 1], 0x88);
    };
    fours[2 * j] = halves(0);
    fours[2 * j + 1] = halves(2);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512i low = _mm512_shuffle_i64x2(fours[2 * j], fours[2 * j + 1], 0x88), high = _mm512_shuffle_i64x2(fours[2 * j], fours[2 * j + 1], 0xdd);
    _mm512_storeu_si512(panel + j * 8 * kVectors, low);
    _mm512_storeu_si512(panel + (j + 4) * 8 * kVectors, high);
  }
}

void pack_lines(int64_t length, const uint64_t* lines, int64_t stride, uint64_t* panel) {
  int64_t l = 0;
  for (; l + 8 <= length; l += 8) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) transpose(lines + 8 * v * stride + l, stride, panel + l * 8 * kVectors + 8 * v);
  }
  for (; l < length; ++l) {
    for (int64_t j = 0; j < 8 * kVectors; ++j) panel[l * 8 * kVectors + j] = lines[j * stride + l];
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

inline uint64_t total(__m512i words) {
  uint64_t lanes[8], sum = 0;
  _mm512_storeu_si512(lanes, words);
  for (const uint64_t lane : lanes) sum += lane;
  return sum;
}

// kDots lines of B at once, while the next as many are fetched: each begins in another page, which the CPU does not foresee.
template <int kRowsOfA, int kDots>
void dots_of(const RowDots& p, int64_t column) {
  __m512i sums[kRowsOfA][kDots];
  const uint64_t* const lines = p.b + column * p.b_stride;
#pragma GCC unroll 8
  for (int i = 0; i < kRowsOfA; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kDots; ++j) sums[i][j] = _mm512_setzero_si512();
  }
  const auto step = [&](int64_t l, auto load_words) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int j = 0; j < kDots; ++j) {
      const __m512i words = load_words(lines + j * p.b_stride + l);
      __builtin_prefetch(lines + (j + kDots) * p.b_stride + l);
#pragma GCC unroll 8
      for (int i = 0; i < kRowsOfA; ++i) {
        sums[i][j] = _mm512_add_epi64(sums[i][j], _mm512_mullo_epi64(load_words(p.a + i * p.a_stride + l), words));
        keep(sums[i][j]);
      }
    }
  };
  int64_t l = 0;
  for (; l + 8 <= p.length; l += 8) step(l, load);
  if (l < p.length) {
    const __mmask8 rest = first(p.length - l);
    step(l, [rest](const uint64_t* from) { return _mm512_maskz_loadu_epi64(rest, from); });
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRowsOfA; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kDots; ++j) p.sums[i * p.sum_stride + column + j] += total(sums[i][j]);
  }
}

template <int kRowsOfA>
void dots_of_rows(const RowDots& p) {
  constexpr int kDots = kRowsOfA == 1 ? 4 : 2;
  int64_t column = 0;
  for (; column + kDots <= p.columns; column += kDots) dots_of<kRowsOfA, kDots>(p, column);
  for (; column < p.columns; ++column) dots_of<kRowsOfA, 1>(p, column);
}

void dots(const RowDots& p) {
  constexpr void (*of_rows[kMostDotRows])(const RowDots&) = {dots_of_rows<1>, dots_of_rows<2>, dots_of_rows<3>, dots_of_rows<4>,
                                                             dots_of_rows<5>, dots_of_rows<6>, dots_of_rows<7>, dots_of_rows<8>};
  of_rows[p.rows - 1](p);
}

// 32 results, whose taps are added up in registers (by name: an array of them the compiler keeps in memory), or at most 8.
inline void filter_many(const FilterRun& run, int64_t i) {
  __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (int64_t t = 0; t < run.taps; ++t) {
    const uint64_t* const from = run.from + run.offsets[t] + i;
    const __m512i weight = _mm512_set1_epi64(static_cast<int64_t>(run.weights[t]));
    sum0 = _mm512_add_epi64(sum0, _mm512_mullo_epi64(weight, load(from)));
    sum1 = _mm512_add_epi64(sum1, _mm512_mullo_epi64(weight, load(from + 8)));
    sum2 = _mm512_add_epi64(sum2, _mm512_mullo_epi64(weight, load(from + 16)));
    sum3 = _mm512_add_epi64(sum3, _mm512_mullo_epi64(weight, load(from + 24)));
  }
  uint64_t* const to = run.to + i;
  _mm512_storeu_si512(to, sum0);
  _mm512_storeu_si512(to + 8, sum1);
  _mm512_storeu_si512(to + 16, sum2);
  _mm512_storeu_si512(to + 24, sum3);
}

void filter(const FilterRun& run) {
  int64_t i = 0;
  for (; i + 32 <= run.count; i += 32) filter_many(run, i);
  for (; i < run.count; i += 8) {
    const __mmask8 used = run.count - i < 8 ? first(run.count - i) : __mmask8{0xff};
    __m512i sum = _mm512_setzero_si512();
    for (int64_t t = 0; t < run.taps; ++t) {
      const __m512i seen = _mm512_maskz_loadu_epi64(used, run.from + run.offsets[t] + i);
      sum = _mm512_add_epi64(sum, _mm512_mullo_epi64(seen, _mm512_set1_epi64(static_cast<int64_t>(run.weights[t]))));
    }
    _mm512_mask_storeu_epi64(run.to + i, used, sum);
  }
}

}  // namespace

extern const RingKernels kRingKernelsAvx512{kRows, 8 * kVectors, block<kVectors>, block<kVectors / 2>, pack_lines, axpy, kMostDotRows, dots, filter};

}  // namespace crypten
