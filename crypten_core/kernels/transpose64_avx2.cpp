#include <immintrin.h>

#include "crypten_core/kernels/transpose64.h"

namespace crypten {
namespace {

// Exchanges the upper columns of `upper` with the lower columns of `lower`, in blocks of kSize.
template <int kSize>
inline void exchange(__m256i& upper, __m256i& lower, __m256i low) {
  const __m256i swap = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi64(upper, kSize), lower), low);
  upper = _mm256_xor_si256(upper, _mm256_slli_epi64(swap, kSize));
  lower = _mm256_xor_si256(lower, swap);
}

// Rows that are kSize ≥ 4 apart lie in registers kSize / 4 apart.
template <int kSize>
inline void exchange_registers(__m256i* rows, int64_t low) {
  constexpr int kApart = kSize / 4;
#pragma GCC unroll 16
  for (int r = 0; r < 16; r = ((r | kApart) + 1) & ~kApart) exchange<kSize>(rows[r], rows[r | kApart], _mm256_set1_epi64x(low));
}

}  // namespace

uint64_t gather_bit_avx2(const uint64_t* in, int bit) {
  const __m128i to_sign = _mm_cvtsi32_si128(63 - bit);
  uint64_t row = 0;
#pragma GCC unroll 16
  for (int r = 0; r < 16; ++r) {
    const __m256i words = _mm256_sll_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in) + r), to_sign);
    row |= static_cast<uint64_t>(_mm256_movemask_pd(_mm256_castsi256_pd(words))) << (4 * r);
  }
  return row;
}

void transpose64_avx2(const uint64_t* in, uint64_t* out) {
  __m256i rows[16];
#pragma GCC unroll 16
  for (int r = 0; r < 16; ++r) rows[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in) + r);
  exchange_registers<32>(rows, 0x00000000ffffffff);
  exchange_registers<16>(rows, 0x0000ffff0000ffff);
  exchange_registers<8>(rows, 0x00ff00ff00ff00ff);
  exchange_registers<4>(rows, 0x0f0f0f0f0f0f0f0f);
  // Rows two and one apart share a register: two registers are regrouped so that the pairs lie in different ones.
#pragma GCC unroll 16
  for (int r = 0; r < 16; r += 2) {
    __m256i upper = _mm256_permute2x128_si256(rows[r], rows[r + 1], 0x20), lower = _mm256_permute2x128_si256(rows[r], rows[r + 1], 0x31);
    exchange<2>(upper, lower, _mm256_set1_epi64x(0x3333333333333333));
    rows[r] = _mm256_permute2x128_si256(upper, lower, 0x20);
    rows[r + 1] = _mm256_permute2x128_si256(upper, lower, 0x31);
  }
#pragma GCC unroll 16
  for (int r = 0; r < 16; r += 2) {
    __m256i upper = _mm256_unpacklo_epi64(rows[r], rows[r + 1]), lower = _mm256_unpackhi_epi64(rows[r], rows[r + 1]);
    exchange<1>(upper, lower, _mm256_set1_epi64x(0x5555555555555555));
    rows[r] = _mm256_unpacklo_epi64(upper, lower);
    rows[r + 1] = _mm256_unpackhi_epi64(upper, lower);
  }
#pragma GCC unroll 16
  for (int r = 0; r < 16; ++r) _mm256_storeu_si256(reinterpret_cast<__m256i*>(out) + r, rows[r]);
}

}  // namespace crypten
