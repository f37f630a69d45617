#include <immintrin.h>

#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/kernels/phasor_runs_lanes.h"

namespace crypten {
namespace {

struct Registers32 {
  using Numbers __attribute__((vector_size(32))) = int32_t;
  using Angles __attribute__((vector_size(32))) = uint32_t;
  using Words __attribute__((vector_size(32))) = uint64_t;
  static constexpr bool kMultipliesWords = false;

  static Words products(Numbers a, Numbers b) { return reinterpret_cast<Words>(_mm256_mul_epi32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b))); }
  static Numbers odd(Numbers a) { return reinterpret_cast<Numbers>(_mm256_shuffle_epi32(reinterpret_cast<__m256i>(a), 0xf5)); }
  static Numbers merged(Words even, Words odd) {
    return reinterpret_cast<Numbers>(_mm256_blend_epi32(reinterpret_cast<__m256i>(even), reinterpret_cast<__m256i>(odd), 0xaa));
  }
  static Numbers narrowed(Words low, Words high) {
    const auto halves = _mm256_shuffle_ps(reinterpret_cast<__m256>(low), reinterpret_cast<__m256>(high), 0x88);
    return reinterpret_cast<Numbers>(_mm256_permute4x64_epi64(reinterpret_cast<__m256i>(halves), 0xd8));
  }
  static Words widened(const int32_t* from) { return reinterpret_cast<Words>(_mm256_cvtepi32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)))); }
};

}  // namespace

extern const PhasorRuns kPhasorRunsAvx2 = PhasorLanes<Registers32>::runs();

}  // namespace crypten
