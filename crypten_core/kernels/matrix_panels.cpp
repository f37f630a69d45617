#include "crypten_core/kernels/matrix_panels.h"

#include <algorithm>

namespace crypten {
namespace {

// A panel of the full width: written in order, read along as many lines as it is wide.
template <int kWidth>
void pack_full(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length) {
  for (int64_t l = 0; l < length; ++l, from += column_stride, out += kWidth) {
#pragma GCC unroll 8
    for (int r = 0; r < kWidth; ++r) out[r] = from[r * row_stride];
  }
}

void pack_any(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length, int64_t width, int64_t used) {
  if (used < width) std::fill_n(out, width * length, 0);
  for (int64_t r = 0; r < used; ++r) {
    for (int64_t l = 0; l < length; ++l) out[l * width + r] = from[r * row_stride + l * column_stride];
  }
}

}  // namespace

PackPanels pack_rows(const uint64_t* matrix, int64_t row_stride, int64_t column_stride) {
  return [=](uint64_t* out, int64_t width, int64_t first, int64_t count, int64_t from, int64_t length) {
    for (int64_t i = 0; i < count; i += width, out += width * length) {
      const int64_t used = std::min(width, count - i);
      const uint64_t* const corner = matrix + (first + i) * row_stride + from * column_stride;
      if (used == 4 && width == 4) {
        row_stride == 1 ? pack_full<4>(corner, 1, column_stride, out, length)
                        : pack_full<4>(corner, row_stride, column_stride, out, length);
      } else if (used == 6 && width == 6) {
        row_stride == 1 ? pack_full<6>(corner, 1, column_stride, out, length)
                        : pack_full<6>(corner, row_stride, column_stride, out, length);
      } else {
        pack_any(corner, row_stride, column_stride, out, length, width, used);
      }
    }
  };
}

}  // namespace crypten
