#include "crypten_core/kernels/matrix_panels.h"

#include <algorithm>

namespace crypten {
namespace {

// Lines of a wide matrix lie in different pages, which the CPU does not foresee. Far ahead enough for memory, near enough to stay in the
// first-level cache.
constexpr int64_t kAhead = 16;

template <int kWidth>
void prefetch(const uint64_t* words) {
#pragma GCC unroll 16
  for (int r = 0; r < kWidth; r += 8) __builtin_prefetch(words + r);
  __builtin_prefetch(words + kWidth - 1);
}

// A panel of the full width: written in order, read along as many lines as it is wide.
template <int kWidth>
void pack_full(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length) {
  for (int64_t l = 0; l < length; ++l, from += column_stride, out += kWidth) {
    if (row_stride == 1) prefetch<kWidth>(from + kAhead * column_stride);
#pragma GCC unroll 16
    for (int r = 0; r < kWidth; ++r) out[r] = from[r * row_stride];
  }
}

void pack_any(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length, int64_t width, int64_t used) {
  if (used < width) std::fill_n(out, width * length, 0);
  for (int64_t r = 0; r < used; ++r) {
    for (int64_t l = 0; l < length; ++l) out[l * width + r] = from[r * row_stride + l * column_stride];
  }
}

using PackFull = void (*)(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length);

// With a constant stride of 1 a panel's row is one or two vectors.
template <int kWidth>
void pack_full_strides(const uint64_t* from, int64_t row_stride, int64_t column_stride, uint64_t* out, int64_t length) {
  row_stride == 1 ? pack_full<kWidth>(from, 1, column_stride, out, length)
                  : pack_full<kWidth>(from, row_stride, column_stride, out, length);
}

// For the widths of the paths' blocks.
PackFull full_packer(int64_t width) {
  switch (width) {
    case 4:
      return pack_full_strides<4>;
    case 6:
      return pack_full_strides<6>;
    case 8:
      return pack_full_strides<8>;
    case 16:
      return pack_full_strides<16>;
    default:
      return nullptr;
  }
}

}  // namespace

PackPanels pack_rows(const uint64_t* matrix, int64_t row_stride, int64_t column_stride, decltype(RingKernels::pack_lines) lines) {
  return [=](const Panels& panels, int64_t first, int64_t count, int64_t from, int64_t length) {
    const int64_t width = panels.width;
    const PackFull full = full_packer(width);
    uint64_t* out = panels.out;
    for (int64_t i = 0; i < count; i += width, out += panels.stride) {
      const int64_t used = std::min(width, count - i);
      const uint64_t* const corner = matrix + (first + i) * row_stride + from * column_stride;
      if (used == width && lines && column_stride == 1) {
        lines(length, corner, row_stride, out);
      } else if (used == width && full) {
        full(corner, row_stride, column_stride, out, length);
      } else {
        pack_any(corner, row_stride, column_stride, out, length, width, used);
      }
    }
  };
}

}  // namespace crypten
