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
  return with_constant<1, 7>(chunk.width, [&](auto width) { return launch(carry<width()>, blocks, stream, chunk, words); });
}

}  // namespace crypten::cuda
