#include "cuda/product_path.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypten_core/error.h"
#include "crypten_core/kernels/ring_residues.h"
#include "crypten_core/kernels/ring_tile.h"

namespace crypten::cuda {

namespace {

// Estimated, not measured. A product modulo one number is a launch of its own for cuBLAS, which must outweigh what a launch costs.
constexpr double kLeastForWgmma = 128, kLeastForCublas = 512;

// Those sizes are for twice as many products of digits as of remainders: for more or fewer, what splitting costs, which grows with the number of moduli, is won
// back sooner or later.
double gain(const ProductSizes& sizes) {
  const int digits = ring_tiles::digit_products(ring_tiles::digits_of(std::min(sizes.a_bits, sizes.b_bits)));
  const auto plan = ring_residues::Plan::of(1, 1, sizes.length, 1, std::min(sizes.a_bits, sizes.b_bits), 1, INT64_MAX);
  return static_cast<double>(digits) / plan.moduli - 1;
}

ProductPath fastest(const ProductSizes& sizes, bool has_wgmma) {
  const auto large = [&](double least) { return ring_residues::as_large_as(least / gain(sizes), sizes.rows, sizes.columns, sizes.length); };
  if (has_wgmma) return large(kLeastForWgmma) ? ProductPath::wgmma : ProductPath::mma;
  return large(kLeastForCublas) ? ProductPath::cublas : ProductPath::mma;
}

}  // namespace

ProductPath product_path(const ProductSizes& sizes, bool has_wgmma) {
  const char* const asked = std::getenv("CRYPTEN_CUDA_PRODUCTS");
  const std::string forced = asked ? asked : "";
  if (forced.empty()) return fastest(sizes, has_wgmma);
  if (forced == "mma") return ProductPath::mma;
  if (forced == "cublas") return ProductPath::cublas;
  if (forced != "wgmma")
    throw InvalidArgument(146, "unknown path of products on a GPU \"" + forced + "\"", "CRYPTEN_CUDA_PRODUCTS", "expected mma, wgmma or cublas",
                          "unset CRYPTEN_CUDA_PRODUCTS, or name one of these");
  if (!has_wgmma)
    throw InvalidArgument(145, "this GPU, or this build of cuda/, has no wgmma instructions", "CRYPTEN_CUDA_PRODUCTS",
                          "they are those of compute capability 9.0, built for sm_90a", "unset CRYPTEN_CUDA_PRODUCTS, or name mma or cublas");
  return ProductPath::wgmma;
}

}  // namespace crypten::cuda
