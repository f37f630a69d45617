#include "autograd/ops/order.h"

#include "mpc/tensor/bounds.h"
#include "mpc/tensor/sort.h"

namespace crypten {
namespace {

Places places(bool indices) { return indices ? Places::wanted : Places::none; }
ValueAndIndex both(Ordered ordered) { return {CrypTensor(std::move(ordered.value)), CrypTensor(std::move(ordered.place))}; }

}  // namespace

ValueAndIndex sort(const CrypTensor& x, int64_t dim, bool descending, bool indices) { return both(sort(x.value(), dim, descending, places(indices))); }
ValueAndIndex topk(const CrypTensor& x, int64_t k, int64_t dim, bool largest, bool indices) { return both(topk(x.value(), k, dim, largest, places(indices))); }
ValueAndIndex kthvalue(const CrypTensor& x, int64_t k, int64_t dim, bool keepdim, bool indices) { return both(kthvalue(x.value(), k, dim, keepdim, places(indices))); }
ValueAndIndex median(const CrypTensor& x, int64_t dim, bool keepdim, bool indices) { return both(median(x.value(), dim, keepdim, places(indices))); }
CrypTensor median(const CrypTensor& x) { return CrypTensor(median(x.value())); }

CrypTensor maximum(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(maximum(a.value(), b.value())); }
CrypTensor maximum(const CrypTensor& a, const Plain& b) { return CrypTensor(maximum(a.value(), b)); }
CrypTensor minimum(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(minimum(a.value(), b.value())); }
CrypTensor minimum(const CrypTensor& a, const Plain& b) { return CrypTensor(minimum(a.value(), b)); }
CrypTensor clamp(const CrypTensor& x, std::optional<double> low, std::optional<double> high) { return CrypTensor(clamp(x.value(), low, high)); }

}  // namespace crypten
