#include "mpc/tensor/reduce.h"

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {

MPCTensor sum(const MPCTensor& x, at::IntArrayRef dims, bool keepdim) {
  const OperationScope op("sum", {x});
  op.fact(dims);
  const auto over = wrapped_dims(dims, x.dim(), "sum");
  if (x.dim() == 0) return x;
  return op.result(ArithmeticShared(RingTensor(at::sum(x.share().share().words(), over, keepdim))), x.fraction_bits());
}

MPCTensor mean(const MPCTensor& x, at::IntArrayRef dims, bool keepdim) {
  const OperationScope op("mean", {x});
  int64_t count = 1;
  for (const int64_t d : wrapped_dims(dims, x.dim(), "mean")) count *= x.dim() == 0 ? 1 : x.sizes()[d];
  if (count == 0) throw InvalidArgument(tensor_code::empty, "mean: no elements", "mean", "the shape is " + shape_text(x.sizes()), "pass dimensions that have elements");
  return divide_by_count(sum(x, dims, keepdim), count);
}

}  // namespace crypten
