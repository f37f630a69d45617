#include "mpc/tensor/truth.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

template <typename Other>
MPCTensor both(const MPCTensor& a, const Other& b) { return multiply(a, b); }
template <typename Other>
MPCTensor either(const MPCTensor& a, const Other& b) { return subtract(add(a, b), multiply(a, b)); }
template <typename Other>
MPCTensor one_of(const MPCTensor& a, const Other& b) { return subtract(add(a, b), multiply(multiply(a, b), Plain(2))); }

}  // namespace

MPCTensor logical_not(const MPCTensor& a) {
  const OperationScope op("logical_not", {a});
  return add(negate(a), Plain(1));
}

MPCTensor logical_and(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("logical_and", {a, b});
  return both(a, b);
}
MPCTensor logical_or(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("logical_or", {a, b});
  return either(a, b);
}
MPCTensor logical_xor(const MPCTensor& a, const MPCTensor& b) {
  const OperationScope op("logical_xor", {a, b});
  return one_of(a, b);
}
MPCTensor logical_and(const MPCTensor& a, const Plain& b) {
  const OperationScope op("logical_and", {a});
  return both(a, b);
}
MPCTensor logical_or(const MPCTensor& a, const Plain& b) {
  const OperationScope op("logical_or", {a});
  return either(a, b);
}
MPCTensor logical_xor(const MPCTensor& a, const Plain& b) {
  const OperationScope op("logical_xor", {a});
  return one_of(a, b);
}

}  // namespace crypten
