#include <immintrin.h>

#include "crypten_core/kernels/compare_bits_lanes.h"
#include "crypten_core/kernels/compare_bits_tile.h"

namespace crypten {

// A register is a plane of a tile; xor and and become one instruction (vpternlogq).
void look_up_digit_avx512(const TileLookup& lookup) { look_up_digit<__m512i>(lookup); }
void merge_pairs_avx512(const TileMerge& merge) { merge_pairs<__m512i>(merge); }

}  // namespace crypten
