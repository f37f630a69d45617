#include <immintrin.h>

#include "crypten_core/kernels/chosen_words.h"

namespace crypten {
namespace {

__mmask8 mask8(uint64_t bits, int i) { return static_cast<__mmask8>(bits >> i); }

void bit_avx512(uint64_t bits, uint64_t* out) {
  for (int i = 0; i < 64; i += 8) _mm512_storeu_si512(out + i, _mm512_maskz_set1_epi64(mask8(bits, i), 1));
}

void constants_avx512(uint64_t bits, uint64_t set, uint64_t clear, uint64_t* out) {
  const __m512i ones = _mm512_set1_epi64(static_cast<int64_t>(set)), zeros = _mm512_set1_epi64(static_cast<int64_t>(clear));
  for (int i = 0; i < 64; i += 8) _mm512_storeu_si512(out + i, _mm512_mask_mov_epi64(zeros, mask8(bits, i), ones));
}

void difference_or_second_avx512(uint64_t bits, const uint64_t* a, const uint64_t* b, uint64_t* out) {
  for (int i = 0; i < 64; i += 8) {
    const __m512i second = _mm512_loadu_si512(b + i);
    _mm512_storeu_si512(out + i, _mm512_mask_sub_epi64(second, mask8(bits, i), _mm512_loadu_si512(a + i), second));
  }
}

void add_or_complement_avx512(uint64_t bits, const uint64_t* a, uint64_t one, uint64_t* out) {
  const __m512i ones = _mm512_set1_epi64(static_cast<int64_t>(one));
  for (int i = 0; i < 64; i += 8) {
    const __m512i words = _mm512_loadu_si512(a + i), chosen = _mm512_mask_mov_epi64(_mm512_sub_epi64(ones, words), mask8(bits, i), words);
    _mm512_storeu_si512(out + i, _mm512_add_epi64(_mm512_loadu_si512(out + i), chosen));
  }
}

}  // namespace

extern const ChosenWords kChosenWordsAvx512{bit_avx512, constants_avx512, difference_or_second_avx512, add_or_complement_avx512};

}  // namespace crypten
