#include <immintrin.h>

#include "crypten_core/kernels/plane_sums_lanes.h"

namespace crypten {

extern const PlaneSums kPlaneSumsAvx512{sum_of_pairs<__m512i>, add_product<__m512i>};

}  // namespace crypten
