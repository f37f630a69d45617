#include <immintrin.h>

#include "crypten_core/kernels/plane_sums_lanes.h"

namespace crypten {

extern const PlaneSums kPlaneSumsAvx512 = plane_sums<__m512i>();

}  // namespace crypten
