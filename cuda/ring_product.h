// Products mod 2^64 over device memory: by tensor cores for 8-bit integers (crypten_core/kernels/ring_tile.h), or by 64-bit multiplications where there are few
// rows. Both operands are described by kernels/ring_operands.h. Results are overwritten.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "crypten_core/kernels/ring_operands.h"

namespace crypten::cuda {

struct ProductSizes {
  int64_t rows, columns, length, products;
  int a_bits = 64, b_bits = 64;  // all words of an operand are signed numbers of so many bits
};

// `result_words`: all words of the result, cleared first where sums are cut into pieces.
cudaError_t multiply(const ring_tiles::Matrix& a, const ring_tiles::Matrix& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                     int64_t result_words, cudaStream_t stream);
cudaError_t multiply(const ring_tiles::Matrix& a, const ring_tiles::Patches& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                     int64_t result_words, cudaStream_t stream);

}  // namespace crypten::cuda
