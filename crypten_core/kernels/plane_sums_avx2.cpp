#include <immintrin.h>

#include "crypten_core/kernels/plane_sums_lanes.h"

namespace crypten {

extern const PlaneSums kPlaneSumsAvx2{sum_of_pairs<__m256i>, add_product<__m256i>};

}  // namespace crypten
