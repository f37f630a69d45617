// Moving bytes between 32-bit words. Byte 0 is the lowest.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten {

// Byte i of the result is the one that hexadecimal digit i of `selector` names: 0 … 3 of a, 4 … 7 of b. One instruction on a GPU.
CRYPTEN_HOST_DEVICE uint32_t select_bytes(uint32_t a, uint32_t b, uint32_t selector) {
#ifdef __CUDA_ARCH__
  return __byte_perm(a, b, selector);
#else
  const uint64_t bytes = a | uint64_t{b} << 32;
  uint32_t result = 0;
  for (uint32_t i = 0; i < 4; ++i) result |= static_cast<uint32_t>(bytes >> 8 * (selector >> 4 * i & 7) & 0xff) << 8 * i;
  return result;
#endif
}

// Byte i of word j becomes byte j of word i.
CRYPTEN_HOST_DEVICE void transpose_bytes(uint32_t& w0, uint32_t& w1, uint32_t& w2, uint32_t& w3) {
  const uint32_t low01 = select_bytes(w0, w1, 0x5140), high01 = select_bytes(w0, w1, 0x7362);
  const uint32_t low23 = select_bytes(w2, w3, 0x5140), high23 = select_bytes(w2, w3, 0x7362);
  w0 = select_bytes(low01, low23, 0x5410), w1 = select_bytes(low01, low23, 0x7632);
  w2 = select_bytes(high01, high23, 0x5410), w3 = select_bytes(high01, high23, 0x7632);
}

}  // namespace crypten
