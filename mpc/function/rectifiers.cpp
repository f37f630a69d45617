#include "mpc/function/rectifiers.h"

#include <vector>

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/reshape.h"

namespace crypten {

MPCTensor leaky_relu(const MPCTensor& x, double negative_slope, double bound) {
  const OperationScope op("leaky_relu", {x});
  check_bound(op, "leaky_relu", bound);
  const auto positive = relu(x, bound);
  return add(multiply(x, Plain(negative_slope)), multiply(positive, Plain(1 - negative_slope)));
}

MPCTensor prelu(const MPCTensor& x, const MPCTensor& weight, double bound) {
  const OperationScope op("prelu", {x, weight});
  check_bound(op, "prelu", bound);
  MPCTensor slope = weight;
  if (weight.dim() == 1 && weight.numel() > 1 && x.dim() > 2) {  // one for each channel
    std::vector<int64_t> sizes(static_cast<size_t>(x.dim() - 1), 1);
    sizes[0] = weight.numel();
    slope = reshape(weight, sizes);
  }
  broadcast_sizes(x.sizes(), slope.sizes(), "prelu");
  const auto positive = relu(x, bound);
  return add(positive, multiply(slope, subtract(x, positive)));
}

MPCTensor hardsigmoid(const MPCTensor& x, double bound) {
  const OperationScope op("hardsigmoid", {x});
  check_bound(op, "hardsigmoid", bound);
  return divide(add(hardtanh(x, -3, 3, bound), Plain(3)), Plain(6));
}

MPCTensor hardswish(const MPCTensor& x, double bound) {
  const OperationScope op("hardswish", {x});
  check_bound(op, "hardswish", bound);
  return divide(multiply(x, add(hardtanh(x, -3, 3, bound), Plain(3))), Plain(6));
}

}  // namespace crypten
