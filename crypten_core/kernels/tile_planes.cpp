#include "crypten_core/kernels/tile_planes.h"

#include "crypten_core/kernels/tile_planes_words.h"
#include "crypten_core/kernels/transpose64.h"

namespace crypten {

const TilePlanes kTilePlanesPortable{slice_by_words<transpose64_portable, gather_bit_portable>, unslice_by_words<transpose64_portable>};

bool has_gfni() {
  static const bool has = supported(KernelPath::avx512) && __builtin_cpu_supports("gfni") && __builtin_cpu_supports("avx512vbmi");
  return has;
}

const TilePlanes& tile_planes(KernelPath path) { return path >= KernelPath::avx512 && has_gfni() ? kTilePlanesGfni : *kTilePlanes[path]; }

}  // namespace crypten
