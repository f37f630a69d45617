#include <immintrin.h>

#include "crypten_core/kernels/chosen_words.h"

namespace crypten {
namespace {

__m256i load4(const uint64_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
void store4(uint64_t* to, __m256i words) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), words); }

// All ones in the lanes whose bits, i … i + 3, are set.
__m256i mask4(uint64_t bits, int i) {
  const __m256i lanes = _mm256_setr_epi64x(1, 2, 4, 8);
  return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(static_cast<int64_t>(bits >> i)), lanes), lanes);
}

void bit_avx2(uint64_t bits, uint64_t* out) {
  for (int i = 0; i < 64; i += 4) store4(out + i, _mm256_srli_epi64(mask4(bits, i), 63));
}

void constants_avx2(uint64_t bits, uint64_t set, uint64_t clear, uint64_t* out) {
  const __m256i ones = _mm256_set1_epi64x(static_cast<int64_t>(set)), zeros = _mm256_set1_epi64x(static_cast<int64_t>(clear));
  for (int i = 0; i < 64; i += 4) store4(out + i, _mm256_blendv_epi8(zeros, ones, mask4(bits, i)));
}

void difference_or_second_avx2(uint64_t bits, const uint64_t* a, const uint64_t* b, uint64_t* out) {
  for (int i = 0; i < 64; i += 4) {
    const __m256i second = load4(b + i);
    store4(out + i, _mm256_blendv_epi8(second, _mm256_sub_epi64(load4(a + i), second), mask4(bits, i)));
  }
}

void add_or_complement_avx2(uint64_t bits, const uint64_t* a, uint64_t one, uint64_t* out) {
  const __m256i ones = _mm256_set1_epi64x(static_cast<int64_t>(one));
  for (int i = 0; i < 64; i += 4) {
    const __m256i words = load4(a + i);
    store4(out + i, _mm256_add_epi64(load4(out + i), _mm256_blendv_epi8(_mm256_sub_epi64(ones, words), words, mask4(bits, i))));
  }
}

}  // namespace

extern const ChosenWords kChosenWordsAvx2{bit_avx2, constants_avx2, difference_or_second_avx2, add_or_complement_avx2};

}  // namespace crypten
