#include <immintrin.h>

#include "crypten_core/kernels/compare_bits_tile.h"
#include "crypten_core/kernels/compare_bits_lanes.h"

namespace crypten {

void look_up_digit_avx2(const TileLookup& lookup) { look_up_digit<__m256i>(lookup); }
void merge_pairs_avx2(const TileMerge& merge) { merge_pairs<__m256i>(merge); }

}  // namespace crypten
