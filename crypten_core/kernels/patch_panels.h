// Packing a convolution's patches for ring_gemm.h: B's column is a position of the result, counted over all images; its steps are what a
// group's weights meet there, channel by channel, tap by tap.
#pragma once

#include "crypten_core/kernels/conv_shape.h"
#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

// input: (images, channels, height, width), contiguous. `shape` and `input` must outlive the result. Panels of at most 16 lanes.
PackPanels pack_patches(const ConvShape& shape, const uint64_t* input, int64_t group);

}  // namespace crypten
