#include "cuda/carry_chunks.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

template <int kWidth>
__global__ void __launch_bounds__(kThreads) carry(const __grid_constant__ CarryTile chunk, int64_t words) {
  for (int64_t i = first_index(); i < words; i += index_step()) crypten::carry_chunk<kWidth, uint64_t>(chunk, i / kPlaneWords, i % kPlaneWords);
}

}  // namespace

cudaError_t carry_chunk(const CarryTile& chunk, int64_t tiles, cudaStream_t stream) {
  const int64_t words = tiles * kPlaneWords;
  if (words == 0) return cudaSuccess;
  const unsigned blocks = blocks_for(words);
  switch (chunk.width) {
    case 1:
      return launch(carry<1>, blocks, stream, chunk, words);
    case 2:
      return launch(carry<2>, blocks, stream, chunk, words);
    case 3:
      return launch(carry<3>, blocks, stream, chunk, words);
    case 4:
      return launch(carry<4>, blocks, stream, chunk, words);
    case 5:
      return launch(carry<5>, blocks, stream, chunk, words);
    case 6:
      return launch(carry<6>, blocks, stream, chunk, words);
    case 7:
      return launch(carry<7>, blocks, stream, chunk, words);
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace crypten::cuda
