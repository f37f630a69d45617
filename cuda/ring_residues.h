// Products mod 2^64 over device memory by remainders modulo 18 numbers of 8 bits (crypten_core/kernels/ring_residues.h): on the asynchronous matrix instructions
// of devices of compute capability 9.0, for products that are large in all three dimensions. Operands and results as in cuda/ring_product.h.
#pragma once

#include "crypten_core/kernels/ring_residues.h"
#include "cuda/ring_product.h"

namespace crypten::cuda {

// True: the library was built for sm_90a, and the current device can run that.
cudaError_t has_warpgroup_products(bool& has);

// `workspace`: plan.bytes() bytes of the device's memory, from an address that is a multiple of 16.
cudaError_t multiply_residues(const ring_tiles::Matrix& a, const ring_tiles::Matrix& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                              const ring_residues::Plan& plan, void* workspace, cudaStream_t stream);
cudaError_t multiply_residues(const ring_tiles::Matrix& a, const ring_tiles::Patches& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                              const ring_residues::Plan& plan, void* workspace, cudaStream_t stream);

}  // namespace crypten::cuda
