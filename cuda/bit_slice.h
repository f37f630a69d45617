// kernels/bit_slice.h and kernels/select_words.h over device memory. Planes [tiles, count, 8] are dense where they are written; where they are read, the eight
// words of a plane lie together.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

cudaError_t slice_bits(const uint64_t* words, int64_t n, int first_bit, int count, uint64_t* planes, cudaStream_t stream);
cudaError_t unslice_bits(const uint64_t* planes, int64_t tile_stride, int64_t plane_stride, int count, int first_bit, int64_t n, uint64_t* words,
                         cudaStream_t stream);
// plane: one, dense.
cudaError_t difference_or_second(const uint64_t* plane, bool inverted, const uint64_t* a, const uint64_t* b, uint64_t* out, int64_t n, cudaStream_t stream);
cudaError_t add_or_complement(const uint64_t* plane, const uint64_t* a, uint64_t one, uint64_t* sum, int64_t n, cudaStream_t stream);

// kernels/packed_planes.h: `words` words of the form in which planes travel, and dense planes from it.
cudaError_t pack_planes(const uint64_t* planes, int64_t tile_stride, int64_t plane_stride, int64_t count, int64_t n, uint64_t* packed, int64_t words, cudaStream_t stream);
cudaError_t unpack_planes(const uint64_t* packed, int64_t count, int64_t n, uint64_t* planes, int64_t words, cudaStream_t stream);

}  // namespace crypten::cuda
