// kernels/class_lanes.h over device memory: a thread for each word of 64 elements. Planes of a tile follow one another; strides are words from tile to tile.
// Programs: numbers in the device's memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace crypten::cuda {

struct TilePlanes {
  const uint64_t* words;
  int64_t stride;
};

// Dense operands and results.
cudaError_t digit_tables(const uint64_t* digits, const uint64_t* tables, int64_t tiles, int chunks, int chunk_bits, uint64_t one, uint64_t* values,
                         uint64_t* derived, uint64_t* flags, cudaStream_t stream);
// out: dense, [tiles, sums, 8].
cudaError_t sums_of_pairs(const int64_t* program, int64_t sums, TilePlanes a, TilePlanes b, int64_t tiles, uint64_t* out, cudaStream_t stream);
cudaError_t sums_of_products(const int64_t* program, int64_t sums, TilePlanes flags, TilePlanes bits, TilePlanes masks, TilePlanes products, uint64_t one,
                             int64_t tiles, uint64_t* out, cudaStream_t stream);

}  // namespace crypten::cuda
