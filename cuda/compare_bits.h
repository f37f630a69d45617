// kernels/compare_bits.h over device memory: one launch for one lookup or one merge, a thread for each word of the result's planes.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

// A plane in every tile: word w of tile t lies at words[t · stride + w].
struct PlanePlace {
  const uint64_t* words;
  int64_t stride;
};

// less, equal: the first tile's result planes, null where not wanted; those of tile t lie t · result_stride words further.
struct Lookup {
  int width;
  PlanePlace digit, table;
  uint64_t one;
  uint64_t *less, *equal;
  int64_t result_stride;
};
// One launch for all that follow one another and have one width, as far as they fit a launch's parameters.
cudaError_t look_up(const Lookup* lookups, int64_t count, int64_t tiles, cudaStream_t stream);

inline constexpr int kMostPairs = 8;
// Numbered as in TileMerge; planes that are not read may be null.
struct Merge {
  int pairs;
  PlanePlace public_less[kMostPairs], public_equal[kMostPairs], masks_less[1 << kMostPairs], masks_equal[1 << kMostPairs];
  uint64_t one;
  uint64_t *less, *equal;
  int64_t result_stride;
};
cudaError_t merge(const Merge& merge, int64_t tiles, cudaStream_t stream);

}  // namespace crypten::cuda
