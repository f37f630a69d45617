// Products mod 2^64 over device memory by remainders modulo up to 18 numbers of 8 bits (crypten_core/kernels/ring_residues.h): on the asynchronous matrix
// instructions of devices of compute capability 9.0, or by whoever else multiplies matrices of bytes. For products that are large in all three dimensions.
// Operands and results as in cuda/ring_product.h.
#pragma once

#include <functional>

#include "crypten_core/kernels/ring_residues.h"
#include "cuda/ring_product.h"

namespace crypten::cuda {

// True: the library was built for sm_90a, and the current device can run that.
cudaError_t has_warpgroup_products(bool& has);

// sums (rows × columns, 32 bits) = left (rows × length) · right (columns × length) transposed, both of signed bytes; all contiguous in the device's memory.
using MultiplyBytes = std::function<void(const void* left, const void* right, void* sums, int64_t rows, int64_t columns, int64_t length)>;

// `workspace`: plan.bytes() bytes of the device's memory, from an address that is a multiple of 16. `bytes`: null for the device's own instructions, with
// plan.sum_size 1; else who multiplies, with plan.sum_size 4.
cudaError_t multiply_residues(const ring_tiles::Matrix& a, const ring_tiles::Matrix& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                              const ring_residues::Plan& plan, void* workspace, const MultiplyBytes* bytes, cudaStream_t stream);
cudaError_t multiply_residues(const ring_tiles::Matrix& a, const ring_tiles::Patches& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                              const ring_residues::Plan& plan, void* workspace, const MultiplyBytes* bytes, cudaStream_t stream);

}  // namespace crypten::cuda
