// Words of bit planes in registers of any width: for the kernels whose formula is written once over a type with ^ and & and compiled by the source of each instruction
// set. In an anonymous namespace, since each including source compiles it with its own instructions.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "crypten_core/host_device.h"

namespace crypten {

inline constexpr int kPlaneWords = 8;  // kTileWords of kernels/bit_slice.h, which this header does not include: it needs no tensor

namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <class Lanes>
CRYPTEN_HOST_DEVICE Lanes load(const uint64_t* from) {
  if constexpr (std::is_same_v<Lanes, uint64_t>) {
    return *from;
  } else {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
  }
}
template <class Lanes>
inline void store(uint64_t* to, Lanes lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}
template <class Lanes>
inline Lanes broadcast(uint64_t word) {
  uint64_t words[sizeof(Lanes) / 8];
  for (auto& w : words) w = word;
  return load<Lanes>(words);
}

}  // namespace
}  // namespace crypten
