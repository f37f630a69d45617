#include "autograd/ops/logic.h"

#include "mpc/tensor/logic.h"

namespace crypten {

CrypTensor lt(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::less, b.value(), bound)); }
CrypTensor le(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::less_equal, b.value(), bound)); }
CrypTensor gt(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::greater, b.value(), bound)); }
CrypTensor ge(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::greater_equal, b.value(), bound)); }
CrypTensor eq(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::equal, b.value(), bound)); }
CrypTensor ne(const CrypTensor& a, const CrypTensor& b, double bound) { return CrypTensor(compare(a.value(), Order::not_equal, b.value(), bound)); }
CrypTensor lt(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::less, b, bound)); }
CrypTensor le(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::less_equal, b, bound)); }
CrypTensor gt(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::greater, b, bound)); }
CrypTensor ge(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::greater_equal, b, bound)); }
CrypTensor eq(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::equal, b, bound)); }
CrypTensor ne(const CrypTensor& a, const Plain& b, double bound) { return CrypTensor(compare(a.value(), Order::not_equal, b, bound)); }

CrypTensor relu(const CrypTensor& x, double bound) { return CrypTensor(relu(x.value(), bound)); }
CrypTensor hardtanh(const CrypTensor& x, double low, double high, double bound) { return CrypTensor(hardtanh(x.value(), low, high, bound)); }
CrypTensor abs(const CrypTensor& x, double bound) { return CrypTensor(abs(x.value(), bound)); }
CrypTensor sign(const CrypTensor& x, double bound) { return CrypTensor(sign(x.value(), bound)); }
CrypTensor where(const CrypTensor& condition, const CrypTensor& a, const CrypTensor& b) { return CrypTensor(where(condition.value(), a.value(), b.value())); }

}  // namespace crypten
