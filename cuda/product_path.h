// By which instructions a product is computed. `mma`: the matrix instructions of a warp, on digits (cuda/ring_product.h; few rows: 64-bit multiplications).
// `wgmma`: those of a warpgroup, on remainders (cuda/ring_residues.h), where the device is of compute capability 9.0. `cublas`: remainders by cuBLAS's products
// of matrices of bytes, as torch calls them.
#pragma once

#include "cuda/ring_product.h"

namespace crypten::cuda {

enum class ProductPath { mma, wgmma, cublas };

// The fastest one by estimate; or the one that CRYPTEN_CUDA_PRODUCTS names at the time of this call, for tests and measurements.
// Throws: InvalidArgument (145: the device has no such instructions; 146: no such path).
ProductPath product_path(const ProductSizes& sizes, bool has_wgmma);

}  // namespace crypten::cuda
