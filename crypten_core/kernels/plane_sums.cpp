#include "crypten_core/kernels/plane_sums.h"

#include <emmintrin.h>

#include "crypten_core/kernels/plane_sums_lanes.h"

namespace crypten {

const PlaneSums kPlaneSumsPortable = plane_sums<__m128i>();  // 128-bit registers belong to every x86-64

}  // namespace crypten
