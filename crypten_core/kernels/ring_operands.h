// The operands and results of products mod 2^64 as GPU kernels see them (kernels/ring_tile.h, cuda/ring_product.cu): product p multiplies A (rows × length) by
// B (length × columns). A line is a row of A or a column of B. A convolution is such a product: one per group, B being the image's patches, which are never
// laid out. No tensors; raw memory of any device.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::ring_tiles {

// A matrix by strides. Steps along the summed range are `k_stride` words apart, lines `line_stride`.
struct Matrix {
  const uint64_t* data;
  int64_t lines, product_stride, line_stride, k_stride;

  struct Line {
    const uint64_t* start;  // null: beyond the last line
  };
  CRYPTEN_HOST_DEVICE Line line(int64_t product, int64_t index) const {
    return {index < lines ? data + product * product_stride + index * line_stride : nullptr};
  }
  // Words k … k + 3 of a line; zero from `end` on and beyond the last line.
  CRYPTEN_HOST_DEVICE void four(const Line& line, int64_t k, int64_t end, uint64_t (&words)[4]) const {
    CRYPTEN_UNROLL
    for (int j = 0; j < 4; ++j) words[j] = line.start != nullptr && k + j < end ? line.start[(k + j) * k_stride] : 0;
  }
  CRYPTEN_HOST_DEVICE uint64_t at(const Line& line, int64_t k) const { return line.start[k * k_stride]; }
};

// The patches of images (N, channels, height, width, contiguous): product g takes the channels of group g, column i the output position i counted over all
// images, step k is (channel of the group, kernel row, kernel column). All but `lines` below 2^31.
struct Patches {
  const uint64_t* images;
  int64_t lines;
  int32_t channels, height, width, group_channels, kernel_height, kernel_width, out_height, out_width;
  int32_t stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;

  struct Line {
    const uint64_t* start;  // the image's first channel of the group; null: beyond the last position
    int32_t y, x;           // of the patch's corner, which may lie outside
  };
  CRYPTEN_HOST_DEVICE Line line(int64_t product, int64_t index) const {
    if (index >= lines) return {nullptr, 0, 0};
    const int64_t positions = int64_t{out_height} * out_width, image = index / positions;
    const auto position = static_cast<int32_t>(index % positions);
    return {images + (image * channels + product * group_channels) * height * width, position / out_width * stride_y - padding_y,
            position % out_width * stride_x - padding_x};
  }
  CRYPTEN_HOST_DEVICE uint64_t tap(const Line& line, uint32_t channel, uint32_t row, uint32_t column) const {
    const int32_t y = line.y + static_cast<int32_t>(row) * dilation_y, x = line.x + static_cast<int32_t>(column) * dilation_x;
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? line.start[(int64_t{channel} * height + y) * width + x] : 0;
  }
  CRYPTEN_HOST_DEVICE void four(const Line& line, int64_t k, int64_t end, uint64_t (&words)[4]) const {
    const auto taps = static_cast<uint32_t>(kernel_height * kernel_width), step = static_cast<uint32_t>(k);
    uint32_t channel = step / taps, row = step % taps / static_cast<uint32_t>(kernel_width), column = step % static_cast<uint32_t>(kernel_width);
    CRYPTEN_UNROLL
    for (int j = 0; j < 4; ++j) {
      words[j] = line.start != nullptr && k + j < end ? tap(line, channel, row, column) : 0;
      if (++column < static_cast<uint32_t>(kernel_width)) continue;
      column = 0;
      if (++row < static_cast<uint32_t>(kernel_height)) continue;
      row = 0, ++channel;
    }
  }
  CRYPTEN_HOST_DEVICE uint64_t at(const Line& line, int64_t k) const {
    const auto taps = static_cast<uint32_t>(kernel_height * kernel_width), step = static_cast<uint32_t>(k);
    return tap(line, step / taps, step % taps / static_cast<uint32_t>(kernel_width), step % static_cast<uint32_t>(kernel_width));
  }
};

// Where result (product, row, column) lies. Columns come in runs of `run`: one run for a matrix, one per image for a convolution.
struct Result {
  uint64_t* data;
  int64_t product_stride, row_stride, column_stride, run, run_stride;
  CRYPTEN_HOST_DEVICE uint64_t* place(int64_t product, int64_t row, int64_t column) const {
    return data + product * product_stride + row * row_stride + column / run * run_stride + column % run * column_stride;
  }
};

// For products of few rows: what one thread adds up of rows 0 … rows − 1 of a column, over k = from, from + step, … below `end`.
inline constexpr int kThinRows = 8;
template <class A, class B>
CRYPTEN_HOST_DEVICE void partial_dots(const A& a, const B& b, int64_t product, int rows, int64_t column, int64_t from, int64_t end, int64_t step,
                                      uint64_t (&sums)[kThinRows]) {
  const auto line = b.line(product, column);
  typename A::Line lines[kThinRows];
  CRYPTEN_UNROLL
  for (int r = 0; r < kThinRows; ++r) sums[r] = 0, lines[r] = a.line(product, r);
  for (int64_t k = from; k < end; k += step) {
    const uint64_t word = b.at(line, k);
    CRYPTEN_UNROLL
    for (int r = 0; r < kThinRows; ++r) {
      if (r < rows) sums[r] += a.at(lines[r], k) * word;
    }
  }
}

// How the summed range of `outputs` independent sums is cut so that a device with `wanted` threads' room is busy: the length of a piece, at least `shortest`, a
// multiple of `unit`.
CRYPTEN_HOST_DEVICE int64_t piece_length(int64_t length, int64_t outputs, int64_t wanted, int64_t shortest, int64_t unit) {
  const int64_t pieces = outputs >= wanted ? 1 : wanted / outputs, even = (length + pieces - 1) / pieces;
  const int64_t piece = even < shortest ? shortest : even;
  return (piece + unit - 1) / unit * unit;
}

}  // namespace crypten::ring_tiles
