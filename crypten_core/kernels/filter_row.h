// A row of a convolution of one channel: each weight meets one line of the image.
#pragma once

#include <algorithm>
#include <cstdint>

namespace crypten {

// The numbers x out of 0 … count − 1 with 0 ≤ x·stride + shift < size.
struct InsideRange {
  int64_t begin, end;
};
inline InsideRange inside_range(int64_t size, int64_t stride, int64_t shift, int64_t count) {
  const int64_t begin = std::min(shift >= 0 ? 0 : (-shift + stride - 1) / stride, count);
  return {begin, std::clamp(size > shift ? (size - shift - 1) / stride + 1 : 0, begin, count)};
}

struct FilterTap {
  const uint64_t* line;  // of `width` words
  int64_t shift;
  uint64_t weight;
};

// to[x] = Σ weight · line[x·stride + shift] for x < count, words outside of a line being zero.
struct FilterRow {
  const FilterTap* taps;
  int64_t tap_count, width, stride, count;
  uint64_t* to;
};

// By a path's y[i] += factor · x[i], tap after tap.
template <void (*kAxpy)(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y)>
void filter_row_by_axpy(const FilterRow& row) {
  std::fill_n(row.to, row.count, 0);
  for (int64_t t = 0; t < row.tap_count; ++t) {
    const FilterTap& tap = row.taps[t];
    const auto [begin, end] = inside_range(row.width, row.stride, tap.shift, row.count);
    if (row.stride == 1) {
      if (begin < end) kAxpy(end - begin, tap.weight, tap.line + tap.shift + begin, row.to + begin);
    } else {
      for (int64_t x = begin; x < end; ++x) row.to[x] += tap.weight * tap.line[x * row.stride + tap.shift];
    }
  }
}

}  // namespace crypten
