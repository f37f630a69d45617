// Orders along a dimension: torch's results, places as a stable sort gives them; the larger and the smaller of two; clamping. Cost: docs/costs.md, mpc/tensor/sort.h.
// `bound`: of |x|, or of |a| and |b| (mpc/tensor/bound.h).
#pragma once

#include <optional>
#include <utility>

#include "autograd/cryptensor.h"
#include "mpc/tensor/bound.h"

namespace crypten {

using ValueAndIndex = std::pair<CrypTensor, CrypTensor>;  // the index is undefined unless asked for
ValueAndIndex sort(const CrypTensor& x, int64_t dim = -1, bool descending = false, bool indices = true, double bound = kUnbounded);
ValueAndIndex topk(const CrypTensor& x, int64_t k, int64_t dim = -1, bool largest = true, bool indices = true, double bound = kUnbounded);
ValueAndIndex kthvalue(const CrypTensor& x, int64_t k, int64_t dim = -1, bool keepdim = false, bool indices = true, double bound = kUnbounded);
ValueAndIndex median(const CrypTensor& x, int64_t dim, bool keepdim = false, bool indices = true, double bound = kUnbounded);
CrypTensor median(const CrypTensor& x);

CrypTensor maximum(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor maximum(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor minimum(const CrypTensor& a, const CrypTensor& b, double bound = kUnbounded);
CrypTensor minimum(const CrypTensor& a, const Plain& b, double bound = kUnbounded);
CrypTensor clamp(const CrypTensor& x, std::optional<double> low, std::optional<double> high, double bound = kUnbounded);

}  // namespace crypten
