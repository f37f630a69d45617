#include <immintrin.h>

#include "crypten_core/kernels/power_runs.h"
#include "crypten_core/kernels/power_runs_lanes.h"

namespace crypten {
namespace {

struct PowerRegisters64 {
  using Words __attribute__((vector_size(64))) = uint64_t;
  using Numbers __attribute__((vector_size(64))) = int64_t;

  static Words low_products(Words a, Words b) { return reinterpret_cast<Words>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b))); }
  static Words shifted_right(Words a, Words counts) {
    return reinterpret_cast<Words>(_mm512_srlv_epi64(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(counts)));
  }
  static Words gathered(const uint64_t* table, Words places) {
    return reinterpret_cast<Words>(_mm512_i64gather_epi64(reinterpret_cast<__m512i>(places), table, 8));
  }
};

}  // namespace

extern const PowerRuns kPowerRunsAvx512 = PowerLanes<PowerRegisters64>::runs();

}  // namespace crypten
