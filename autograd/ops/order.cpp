#include "autograd/ops/order.h"

#include "mpc/tensor/clamp.h"
#include "mpc/tensor/sort.h"

namespace crypten {
namespace {

Places places(bool indices) { return indices ? Places::wanted : Places::none; }
ValueAndIndex both(Ordered ordered) { return {CrypTensor(std::move(ordered.value)), CrypTensor(std::move(ordered.place))}; }

}  // namespace

ValueAndIndex sort(const CrypTensor& x, int64_t dim, bool descending, bool indices, double bound) { return both(sort(x.value(), dim, descending, places(indices), bound)); }
ValueAndIndex topk(const CrypTensor& x, int64_t k, int64_t dim, bool largest, bool indices, double bound) { return both(topk(x.value(), k, dim, largest, places(indices), bound)); }
ValueAndIndex kthvalue(const CrypTensor& x, int64_t k, int64_t dim, bool keepdim, bool indices, double bound) { return both(kthvalue(x.value(), k, dim, keepdim, places(indices), bound)); }
ValueAndIndex median(const CrypTensor& x, int64_t dim, bool keepdim, bool indices, double bound) { return both(median(x.value(), dim, keepdim, places(indices), bound)); }
CrypTensor median(const CrypTensor& x) { return CrypTensor(median(x.value())); }

CrypTensor maximum(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(maximum(a.value(), b.value(), bound)); }
CrypTensor maximum(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(maximum(a.value(), b, bound)); }
CrypTensor minimum(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(minimum(a.value(), b.value(), bound)); }
CrypTensor minimum(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(minimum(a.value(), b, bound)); }
CrypTensor clamp(const CrypTensor& x, std::optional<double> low, std::optional<double> high, double bound) { return CrypTensor(clamp(x.value(), low, high, bound)); }

}  // namespace crypten
