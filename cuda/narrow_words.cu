#include "crypten_core/kernels/narrow_lanes.h"
#include "cuda/launch.h"
#include "cuda/narrow_words.h"

namespace crypten::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) unpack(narrow_lanes::Unpack element, int64_t n, uint64_t* out) {
  for (int64_t i = first_index(); i < n; i += index_step()) out[i] = element(i);
}

}  // namespace

cudaError_t unpack_narrow(const uint64_t* words, int bits, int64_t n, uint64_t* out, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return launch(unpack, blocks_for(n), stream, narrow_lanes::Unpack{words, bits}, n, out);
}

}  // namespace crypten::cuda
