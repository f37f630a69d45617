#include "crypten_core/kernels/compare_bits.h"

#include <emmintrin.h>

#include "crypten_core/kernels/compare_bits_lanes.h"

namespace crypten {

// 128-bit registers belong to every x86-64.
void look_up_digit_portable(const DigitLookup& lookup) { look_up_digit<__m128i>(lookup); }
void merge_pairs_portable(const PairMerge& merge) { merge_pairs<__m128i>(merge); }

}  // namespace crypten
