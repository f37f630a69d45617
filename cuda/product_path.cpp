#include "cuda/product_path.h"

#include <cstdlib>
#include <string>

#include "crypten_core/error.h"
#include "crypten_core/kernels/ring_residues.h"

namespace crypten::cuda {

ProductPath product_path(const ProductSizes& sizes, bool has_wgmma) {
  const char* const asked = std::getenv("CRYPTEN_CUDA_PRODUCTS");
  const std::string forced = asked ? asked : "";
  if (forced.empty())
    return has_wgmma && ring_residues::worthwhile(sizes.rows, sizes.columns, sizes.length) ? ProductPath::wgmma : ProductPath::mma;
  if (forced == "mma") return ProductPath::mma;
  if (forced != "wgmma")
    throw InvalidArgument(146, "unknown path of products on a GPU \"" + forced + "\"", "CRYPTEN_CUDA_PRODUCTS", "expected mma or wgmma",
                          "unset CRYPTEN_CUDA_PRODUCTS, or name one of these");
  if (!has_wgmma)
    throw InvalidArgument(145, "this GPU, or this build of cuda/, has no wgmma instructions", "CRYPTEN_CUDA_PRODUCTS",
                          "they are those of compute capability 9.0, built for sm_90a", "unset CRYPTEN_CUDA_PRODUCTS, or name mma");
  return ProductPath::wgmma;
}

}  // namespace crypten::cuda
