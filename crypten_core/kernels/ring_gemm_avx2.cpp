// A product mod 2^64 from halves: a·b = lo(a)·lo(b) + 2^32·(lo(a)·hi(b) + hi(a)·lo(b)). The first term is one vpmuludq for four products;
// both others are one vpmulld of a with b's halves exchanged, since only their low 32 bits count. The terms are summed apart and joined
// once at the end.
#include <immintrin.h>

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {
namespace {

// Pins a value to its register: left alone, the compiler computes many products before it adds the first, and runs out of registers.
inline void keep(__m256i& value) { asm volatile("" : "+x"(value)); }

inline __m256i exchange_halves(__m256i words) { return _mm256_shuffle_epi32(words, 0xb1); }

// low + 2^32 · (sum of both halves of cross)
inline __m256i join(__m256i low, __m256i cross) {
  return _mm256_add_epi64(low, _mm256_slli_epi64(_mm256_add_epi32(cross, exchange_halves(cross)), 32));
}

inline __m256i load(const uint64_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
inline void store(uint64_t* to, __m256i words) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), words); }

constexpr int kRows = 6;  // twelve sums, b and its exchanged form, one factor, one product: all sixteen registers

void block(const Block& p) {
  __m256i low[kRows], cross[kRows];
  const uint64_t* rows[kRows];
#pragma GCC unroll 6
  for (int i = 0; i < kRows; ++i) {
    low[i] = cross[i] = _mm256_setzero_si256();
    rows[i] = p.a + i * p.a_row;
  }
  const uint64_t* b = p.b;
  int64_t at = 0;
  for (int64_t l = 0; l < p.length; ++l, at += p.a_step, b += 4) {
    const __m256i column = load(b), exchanged = exchange_halves(column);
#pragma GCC unroll 6
    for (int i = 0; i < kRows; ++i) {
      const __m256i factor = _mm256_set1_epi64x(static_cast<int64_t>(rows[i][at]));
      low[i] = _mm256_add_epi64(low[i], _mm256_mul_epu32(factor, column));
      cross[i] = _mm256_add_epi32(cross[i], _mm256_mullo_epi32(factor, exchanged));
      keep(low[i]);
      keep(cross[i]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < kRows; ++i) {
    const __m256i sum = join(low[i], cross[i]);
    uint64_t* const c = p.c + i * p.c_row;
    store(c, p.accumulate ? _mm256_add_epi64(load(c), sum) : sum);
  }
}

void axpy(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y) {
  const __m256i factors = _mm256_set1_epi64x(static_cast<int64_t>(factor));
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m256i words = load(x + i);
    store(y + i,
          _mm256_add_epi64(load(y + i), join(_mm256_mul_epu32(factors, words), _mm256_mullo_epi32(factors, exchange_halves(words)))));
  }
  for (; i < count; ++i) y[i] += factor * x[i];
}

uint64_t dot(int64_t count, const uint64_t* x, const uint64_t* y) {
  __m256i low[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()}, cross[2] = {low[0], low[0]};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const __m256i a = load(x + i + 4 * half), b = load(y + i + 4 * half);
      low[half] = _mm256_add_epi64(low[half], _mm256_mul_epu32(a, b));
      cross[half] = _mm256_add_epi32(cross[half], _mm256_mullo_epi32(a, exchange_halves(b)));
    }
  }
  uint64_t lanes[4];
  store(lanes, join(_mm256_add_epi64(low[0], low[1]), _mm256_add_epi32(cross[0], cross[1])));
  uint64_t sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; i < count; ++i) sum += x[i] * y[i];
  return sum;
}

void dots(const RowDots& p) {
  for (int64_t j = 0; j < p.columns; ++j) {
    for (int64_t i = 0; i < p.rows; ++i) p.sums[i * p.sum_stride + j] += dot(p.length, p.a + i * p.a_stride, p.b + j * p.b_stride);
  }
}

}  // namespace

extern const RingKernels kRingKernelsAvx2{kRows, 4, block, nullptr, nullptr, axpy, 3, dots, filter_by_axpy<axpy>};

}  // namespace crypten
