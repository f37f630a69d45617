#include "autograd/ops/logic.h"

#include "mpc/tensor/logic.h"

namespace crypten {

CrypTensor lt(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::less, b.value())); }
CrypTensor le(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::less_equal, b.value())); }
CrypTensor gt(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::greater, b.value())); }
CrypTensor ge(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::greater_equal, b.value())); }
CrypTensor eq(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::equal, b.value())); }
CrypTensor ne(const CrypTensor& a, const CrypTensor& b) { return CrypTensor(compare(a.value(), Order::not_equal, b.value())); }
CrypTensor lt(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::less, b)); }
CrypTensor le(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::less_equal, b)); }
CrypTensor gt(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::greater, b)); }
CrypTensor ge(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::greater_equal, b)); }
CrypTensor eq(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::equal, b)); }
CrypTensor ne(const CrypTensor& a, const Plain& b) { return CrypTensor(compare(a.value(), Order::not_equal, b)); }

CrypTensor relu(const CrypTensor& x) { return CrypTensor(relu(x.value())); }
CrypTensor hardtanh(const CrypTensor& x, double low, double high) { return CrypTensor(hardtanh(x.value(), low, high)); }
CrypTensor abs(const CrypTensor& x) { return CrypTensor(abs(x.value())); }
CrypTensor sign(const CrypTensor& x) { return CrypTensor(sign(x.value())); }
CrypTensor where(const CrypTensor& condition, const CrypTensor& a, const CrypTensor& b) { return CrypTensor(where(condition.value(), a.value(), b.value())); }

}  // namespace crypten
