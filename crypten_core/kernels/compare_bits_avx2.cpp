#include <immintrin.h>

#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/compare_bits_lanes.h"

namespace crypten {

void look_up_digit_avx2(const DigitLookup& lookup) { look_up_digit<__m256i>(lookup); }
void merge_pairs_avx2(const PairMerge& merge) { merge_pairs<__m256i>(merge); }

}  // namespace crypten
