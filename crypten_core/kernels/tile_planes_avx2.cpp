#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/kernels/tile_planes_words.h"

namespace crypten {

extern const TilePlanes kTilePlanesAvx2{slice_by_words<transpose64_avx2, gather_bit_avx2>, unslice_by_words<transpose64_avx2>};

}  // namespace crypten
