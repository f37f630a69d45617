// What one GPU thread does with narrow words (kernels/narrow_words.h): the arithmetic of cuda/narrow_words.cu. No tensors.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::narrow_lanes {

// Element i of a string of `bits` bits each. Reads only words in which it lies.
struct Unpack {
  const uint64_t* words;
  int bits;  // 1 … 64
  CRYPTEN_HOST_DEVICE uint64_t operator()(int64_t i) const {
    const uint64_t at = static_cast<uint64_t>(i) * static_cast<uint64_t>(bits);
    const int shift = static_cast<int>(at % 64);
    uint64_t element = words[at / 64] >> shift;
    if (shift + bits > 64) element |= words[at / 64 + 1] << (64 - shift);
    return element & ~uint64_t{0} >> (64 - bits);
  }
};

}  // namespace crypten::narrow_lanes
