// How many ring products a core can do at best: the instructions that they are made of, in a loop on registers alone. Nothing is loaded,
// stored or packed, and no product waits for another, so a kernel of that path can come near this rate and not beyond it.
//
//   portable   imul and add: one product
//   avx2       vpmuludq and vpmulld with their two additions: four products (crypten_core/kernels/ring_gemm_avx2.cpp)
//   avx512     the same on eight words, or vpmullq and one addition: eight products
//   amx        tdpbuud: 16·16·64 products of bytes, of which a ring product takes 36
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "crypten_core/kernels/dispatch.h"

namespace crypten::benchmark {

struct PeakLoop {
  std::string_view instructions;
  double products;  // of one iteration
  void (*run)(int64_t iterations);
};

// Says that a register was read and written: what is computed of it is computed anew, and is not left out.
#define CRYPTEN_KEEP(constraint, value) asm volatile("" : "+" constraint(value))

inline void multiply_portable(int64_t iterations) {
  uint64_t sums[8] = {}, a = 3, b = 5;
  for (int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 8
    for (uint64_t& sum : sums) {
      CRYPTEN_KEEP("r", a);
      sum += a * b;
      CRYPTEN_KEEP("r", sum);
    }
  }
}

__attribute__((target("avx2"))) inline void multiply_avx2(int64_t iterations) {
  __m256i low[6] = {}, cross[6] = {}, a = _mm256_set1_epi64x(3), b = _mm256_set1_epi64x(5), exchanged = b;
  for (int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) {
      CRYPTEN_KEEP("x", a);
      low[j] = _mm256_add_epi64(low[j], _mm256_mul_epu32(a, b));
      cross[j] = _mm256_add_epi32(cross[j], _mm256_mullo_epi32(a, exchanged));
      CRYPTEN_KEEP("x", low[j]);
      CRYPTEN_KEEP("x", cross[j]);
    }
  }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 about its own intrinsics
__attribute__((target("avx512f,avx512dq"))) inline void multiply_halves_avx512(int64_t iterations) {
  __m512i low[12] = {}, cross[12] = {}, a = _mm512_set1_epi64(3), b = _mm512_set1_epi64(5), exchanged = b;
  for (int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < 12; ++j) {
      CRYPTEN_KEEP("v", a);
      low[j] = _mm512_add_epi64(low[j], _mm512_mul_epu32(a, b));
      cross[j] = _mm512_add_epi32(cross[j], _mm512_mullo_epi32(a, exchanged));
      CRYPTEN_KEEP("v", low[j]);
      CRYPTEN_KEEP("v", cross[j]);
    }
  }
}

// In assembly: the compiler keeps an array of so many sums in memory, and waits for that.
__attribute__((target("avx512f,avx512dq"))) inline void multiply_words_avx512(int64_t iterations) {
  const __m512i a = _mm512_set1_epi64(3), b = _mm512_set1_epi64(5);
  for (int64_t i = 0; i < iterations; ++i) {
    asm volatile(
        "vpmullq %0, %1, %%zmm16\n\tvpaddq %%zmm16, %%zmm24, %%zmm24\n\t"
        "vpmullq %0, %1, %%zmm17\n\tvpaddq %%zmm17, %%zmm25, %%zmm25\n\t"
        "vpmullq %0, %1, %%zmm18\n\tvpaddq %%zmm18, %%zmm26, %%zmm26\n\t"
        "vpmullq %0, %1, %%zmm19\n\tvpaddq %%zmm19, %%zmm27, %%zmm27\n\t"
        "vpmullq %0, %1, %%zmm20\n\tvpaddq %%zmm20, %%zmm28, %%zmm28\n\t"
        "vpmullq %0, %1, %%zmm21\n\tvpaddq %%zmm21, %%zmm29, %%zmm29\n\t"
        "vpmullq %0, %1, %%zmm22\n\tvpaddq %%zmm22, %%zmm30, %%zmm30\n\t"
        "vpmullq %0, %1, %%zmm23\n\tvpaddq %%zmm23, %%zmm31, %%zmm31\n\t"
        :
        : "v"(a), "v"(b)
        : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
  }
}
#pragma GCC diagnostic pop

__attribute__((target("amx-tile,amx-int8"))) inline void multiply_amx(int64_t iterations) {
  struct alignas(64) {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } shapes;
  _tile_loadconfig(&shapes);
  for (int64_t i = 0; i < iterations; ++i) {
    _tile_dpbuud(0, 6, 7);
    _tile_dpbuud(1, 6, 7);
    _tile_dpbuud(2, 6, 7);
    _tile_dpbuud(3, 6, 7);
    _tile_dpbuud(4, 6, 7);
    _tile_dpbuud(5, 6, 7);
  }
  _tile_release();
}

#undef CRYPTEN_KEEP

// The forms that a path's products may have; the fastest is its peak. This CPU must support the path.
inline std::vector<PeakLoop> peak_loops(KernelPath path) {
  switch (path) {
    case KernelPath::portable:
      return {{"imul", 8, multiply_portable}};
    case KernelPath::avx2:
      return {{"vpmuludq + vpmulld, 256 bits", 24, multiply_avx2}};
    case KernelPath::avx512:
      return {{"vpmuludq + vpmulld, 512 bits", 96, multiply_halves_avx512}, {"vpmullq, 512 bits", 64, multiply_words_avx512}};
    case KernelPath::amx:
      return {{"tdpbuud", 6.0 * 16 * 16 * 64 / 36, multiply_amx}};
  }
  return {};
}

}  // namespace crypten::benchmark
