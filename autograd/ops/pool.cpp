#include "autograd/ops/pool.h"

namespace crypten {

CrypTensor max_pool2d(const CrypTensor& x, const Pool2dOptions& options) { return CrypTensor(max_pool2d(x.value(), options)); }
std::pair<CrypTensor, CrypTensor> max_pool2d_with_indices(const CrypTensor& x, const Pool2dOptions& options) {
  const auto [value, place] = max_pool2d_with_places(x.value(), options);
  return {CrypTensor(value), CrypTensor(pooled_indices(place, x.sizes(), options))};
}
CrypTensor avg_pool2d(const CrypTensor& x, const Pool2dOptions& options) { return CrypTensor(avg_pool2d(x.value(), options)); }
CrypTensor adaptive_avg_pool2d(const CrypTensor& x, std::array<int64_t, 2> output) { return CrypTensor(adaptive_avg_pool2d(x.value(), output)); }
CrypTensor adaptive_max_pool2d(const CrypTensor& x, std::array<int64_t, 2> output, double bound) { return CrypTensor(adaptive_max_pool2d(x.value(), output, bound)); }

}  // namespace crypten
