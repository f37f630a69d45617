#include "crypten_core/kernels/class_lanes.h"
#include "cuda/class_planes.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

using class_lanes::kPlane;

// A word of one plane in a tile.
struct Spot {
  int64_t tile, word;
  __device__ explicit Spot(int64_t index) : tile(index / kPlane), word(index % kPlane) {}
  __device__ const uint64_t* in(const TilePlanes& planes) const { return planes.words + tile * planes.stride + word; }
};

// Threads of a warp have neighbouring tiles of one chunk, or of one sum: they read the same numbers.
__global__ void __launch_bounds__(kThreads) make_tables(const uint64_t* digits, const uint64_t* tables, int64_t tiles, int chunks, int bits, uint64_t one,
                                                        uint64_t* values, uint64_t* derived, uint64_t* flags) {
  const int64_t entries = int64_t{1} << bits, words = tiles * kPlane;
  for (int64_t i = first_index(); i < words * chunks; i += index_step()) {
    const Spot spot(i % words);
    const int64_t place = spot.tile * chunks + i / words;
    const auto at = [&](int64_t planes) { return place * planes * kPlane + spot.word; };
    class_lanes::chunk_of_digit_tables(digits + at(bits), tables + at(entries - 1), bits, one, values + at(entries),
                                       derived + at(class_lanes::derived_planes(bits)), flags + at(class_lanes::kFlags));
  }
}

__global__ void __launch_bounds__(kThreads) add_pairs(const int64_t* program, int64_t sums, TilePlanes a, TilePlanes b, int64_t tiles, uint64_t* out) {
  const int64_t words = tiles * kPlane;
  for (int64_t i = first_index(); i < words * sums; i += index_step()) {
    const Spot spot(i % words);
    const int64_t sum = i / words;
    out[(spot.tile * sums + sum) * kPlane + spot.word] = class_lanes::sum_of_pairs(program, sum, spot.in(a), spot.in(b));
  }
}

__global__ void __launch_bounds__(kThreads) add_products(const int64_t* program, int64_t sums, TilePlanes flags, TilePlanes bits, TilePlanes masks,
                                                         TilePlanes products, uint64_t one, int64_t tiles, uint64_t* out) {
  const int64_t words = tiles * kPlane;
  for (int64_t i = first_index(); i < words * sums; i += index_step()) {
    const Spot spot(i % words);
    const int64_t sum = i / words;
    out[(spot.tile * sums + sum) * kPlane + spot.word] =
        class_lanes::sum_of_products(program, sum, spot.in(flags), spot.in(bits), spot.in(masks), spot.in(products), one);
  }
}

}  // namespace

cudaError_t digit_tables(const uint64_t* digits, const uint64_t* tables, int64_t tiles, int chunks, int chunk_bits, uint64_t one, uint64_t* values,
                         uint64_t* derived, uint64_t* flags, cudaStream_t stream) {
  if (tiles == 0 || chunks == 0) return cudaSuccess;
  return launch(make_tables, blocks_for(tiles * kPlane * chunks), stream, digits, tables, tiles, chunks, chunk_bits, one, values, derived, flags);
}

cudaError_t sums_of_pairs(const int64_t* program, int64_t sums, TilePlanes a, TilePlanes b, int64_t tiles, uint64_t* out, cudaStream_t stream) {
  if (tiles == 0 || sums == 0) return cudaSuccess;
  return launch(add_pairs, blocks_for(tiles * kPlane * sums), stream, program, sums, a, b, tiles, out);
}

cudaError_t sums_of_products(const int64_t* program, int64_t sums, TilePlanes flags, TilePlanes bits, TilePlanes masks, TilePlanes products, uint64_t one,
                             int64_t tiles, uint64_t* out, cudaStream_t stream) {
  if (tiles == 0 || sums == 0) return cudaSuccess;
  return launch(add_products, blocks_for(tiles * kPlane * sums), stream, program, sums, flags, bits, masks, products, one, tiles, out);
}

}  // namespace crypten::cuda
