#include "mpc/function/rotary.h"

#include <string>

#include "crypten_core/error.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/index.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

MPCTensor turned(const MPCTensor& x, RotaryPairs pairs) {
  const int64_t last = x.dim() - 1, features = x.sizes()[last], half = features / 2;
  if (pairs == RotaryPairs::halves) return cat({negate(slice(x, last, half, features)), slice(x, last, 0, half)}, last);
  return reshape(stack({negate(slice(x, last, 1, features, 2)), slice(x, last, 0, features, 2)}, last + 1), x.sizes());
}

}  // namespace

MPCTensor rotary(const MPCTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs) {
  const OperationScope op("rotary", {x});
  op.fact(cosine.sizes());
  if (x.dim() == 0) throw IndexError(tensor_code::dims, "rotary: a number has no features", "rotary", "its shape is ()", "pass (…, features)");
  if (x.sizes().back() % 2 != 0) {
    throw InvalidArgument(tensor_code::shape_mismatch, "rotary: an odd number of features", "rotary", std::to_string(x.sizes().back()) + " in the last dimension", "pass pairs of features");
  }
  for (const auto* table : {&cosine, &sine}) {
    if (at::IntArrayRef(broadcast_sizes(x.sizes(), table->sizes(), "rotary")) != x.sizes()) {
      throw InvalidArgument(tensor_code::shape_mismatch, "rotary: the tables are larger than what they turn", "rotary", shape_text(table->sizes()) + " for " + shape_text(x.sizes()),
                            "pass tables that broadcast to x");
    }
  }
  x.at_most(op.precision_bits());  // once, not for both products
  return add(multiply(x, cosine), multiply(turned(x, pairs), sine));
}

}  // namespace crypten
