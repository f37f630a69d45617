#include "crypten_core/kernels/transpose64.h"

#include <algorithm>

namespace crypten {

void transpose64_portable(const uint64_t* in, uint64_t* out) {
  if (out != in) std::copy_n(in, 64, out);
  uint64_t low = 0x00000000ffffffff;  // the columns of the left half of every block of 2·size
  for (int size = 32; size > 0; size /= 2, low ^= low << size) {
    for (int row = 0; row < 64; row = ((row | size) + 1) & ~size) {
      const uint64_t swap = ((out[row] >> size) ^ out[row | size]) & low;
      out[row] ^= swap << size;
      out[row | size] ^= swap;
    }
  }
}

uint64_t gather_bit_portable(const uint64_t* in, int bit) {
  uint64_t row = 0;
  for (int j = 0; j < 64; ++j) row |= (in[j] >> bit & 1) << j;
  return row;
}

}  // namespace crypten
