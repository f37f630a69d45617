// The numbers of a two-dimensional convolution, as its kernels use them.
#pragma once

#include <cstdint>

namespace crypten {

struct ConvShape {
  int64_t images, channels, height, width;        // of the input
  int64_t outputs, out_height, out_width;         // of the result
  int64_t groups, group_channels, group_outputs;  // per group
  int64_t kernel_height, kernel_width;
  int64_t stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;

  int64_t positions() const { return out_height * out_width; }
  int64_t taps() const { return kernel_height * kernel_width; }
  int64_t length() const { return group_channels * taps(); }
};

}  // namespace crypten
