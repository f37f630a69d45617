#include <immintrin.h>

#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/kernels/phasor_runs_lanes.h"

namespace crypten {
namespace {

struct Registers64 {
  using Numbers __attribute__((vector_size(64))) = int32_t;
  using Angles __attribute__((vector_size(64))) = uint32_t;
  using Words __attribute__((vector_size(64))) = uint64_t;
  static constexpr bool kMultipliesWords = true;

  static Words products(Numbers a, Numbers b) { return reinterpret_cast<Words>(_mm512_mul_epi32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b))); }
  static Numbers odd(Numbers a) { return reinterpret_cast<Numbers>(_mm512_shuffle_epi32(reinterpret_cast<__m512i>(a), _MM_PERM_DDBB)); }
  static Numbers merged(Words even, Words odd) {
    return reinterpret_cast<Numbers>(_mm512_mask_blend_epi32(0xaaaa, reinterpret_cast<__m512i>(even), reinterpret_cast<__m512i>(odd)));
  }
  static Numbers narrowed(Words low, Words high) {
    const auto halves = _mm512_castsi256_si512(_mm512_cvtepi64_epi32(reinterpret_cast<__m512i>(low)));
    return reinterpret_cast<Numbers>(_mm512_inserti64x4(halves, _mm512_cvtepi64_epi32(reinterpret_cast<__m512i>(high)), 1));
  }
  static Words widened(const int32_t* from) {
    return reinterpret_cast<Words>(_mm512_cvtepi32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
  }
};

}  // namespace

extern const PhasorRuns kPhasorRunsAvx512 = PhasorLanes<Registers64>::runs();

}  // namespace crypten
