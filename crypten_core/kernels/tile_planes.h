// A tile's 512 words to its bit planes and back (layout: kernels/bit_slice.h). No tensors, since each version is compiled for its own
// instruction set.
#pragma once

#include <cstdint>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

struct TilePlanes {
  // Plane p, eight words at planes + 8·p, holds bit first_bit + p of every word, p < count. first_bit + count ≤ 64.
  void (*slice)(const uint64_t* words, int first_bit, int count, uint64_t* planes);
  // Words of these bits, all others clear, from planes that lie `stride` words apart.
  void (*unslice)(const uint64_t* planes, int64_t stride, int first_bit, int count, uint64_t* words);
};

extern const TilePlanes kTilePlanesPortable, kTilePlanesAvx2, kTilePlanesAvx512;
extern const TilePlanes
    kTilePlanesGfni;  // with what not every CPU with AVX-512 has: transposition of 8 × 8 bits (GFNI) and any bytes of two registers (VBMI)
inline constexpr KernelTable<const TilePlanes*> kTilePlanes{{&kTilePlanesPortable, &kTilePlanesAvx2, &kTilePlanesAvx512}};

bool has_gfni();  // this CPU has what kTilePlanesGfni needs
// The version that runs when `path` is chosen.
const TilePlanes& tile_planes(KernelPath path);

}  // namespace crypten
