#include "cuda/aes_ctr.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

// A warp for a chunk of 256 blocks.
__global__ void __launch_bounds__(kThreads)
    fill_chunks(const __grid_constant__ aes_bitslice::Keys keys, uint64_t first, uint64_t chunks, uint64_t position, uint64_t* out, uint64_t count) {
  const uint32_t lane = threadIdx.x % 32;
  for (uint64_t chunk = static_cast<uint64_t>(first_index()) / 32; chunk < chunks; chunk += static_cast<uint64_t>(index_step()) / 32) {
    aes_bitslice::fill(keys, first + chunk, lane, position, count, out);
  }
}

}  // namespace

cudaError_t fill(const aes_bitslice::Keys& keys, uint64_t position, uint64_t* out, uint64_t count, cudaStream_t stream) {
  if (count == 0) return cudaSuccess;
  const uint64_t chunks = aes_bitslice::chunk_count(position, count);
  return launch(fill_chunks, blocks_for(static_cast<int64_t>(32 * chunks)), stream, keys, aes_bitslice::first_chunk(position), chunks, position, out, count);
}

}  // namespace crypten::cuda
