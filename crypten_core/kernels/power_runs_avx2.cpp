#include <immintrin.h>

#include "crypten_core/kernels/power_runs.h"
#include "crypten_core/kernels/power_runs_lanes.h"

namespace crypten {
namespace {

struct PowerRegisters32 {
  using Words __attribute__((vector_size(32))) = uint64_t;
  using Numbers __attribute__((vector_size(32))) = int64_t;

  static Words low_products(Words a, Words b) { return reinterpret_cast<Words>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b))); }
  static Words shifted_right(Words a, Words counts) {
    return reinterpret_cast<Words>(_mm256_srlv_epi64(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(counts)));
  }
  static Words gathered(const uint64_t* table, Words places) {
    return reinterpret_cast<Words>(_mm256_i64gather_epi64(reinterpret_cast<const long long*>(table), reinterpret_cast<__m256i>(places), 8));
  }
};

}  // namespace

extern const PowerRuns kPowerRunsAvx2 = PowerLanes<PowerRegisters32>::runs();

}  // namespace crypten
