#include <immintrin.h>

#include "crypten_core/kernels/plane_sums_lanes.h"

namespace crypten {

extern const PlaneSums kPlaneSumsAvx2 = plane_sums<__m256i>();

}  // namespace crypten
