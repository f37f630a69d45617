#include "mpc/tensor/clamp.h"

#include <cmath>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/select.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

enum class Which { larger, smaller };

// The smaller is the negative of the larger of both negatives.
MPCTensor one_of(const OperationScope& op, Which which, const ArithmeticShared& a, const ArithmeticShared& b, int fraction_bits, double bound) {
  const auto sizes = broadcast_sizes(a.sizes(), b.sizes(), "maximum");
  if (a.numel() == 0 || b.numel() == 0) return op.result(op.zeros(sizes), fraction_bits);
  const int top = top_within(2 * bound, fraction_bits, op.precision_bits());
  return op.result(which == Which::larger ? maximum(op.party(), a, b, top) : -maximum(op.party(), -a, -b, top), fraction_bits);
}

MPCTensor of_two(Which which, const char* name, const MPCTensor& a, const MPCTensor& b, double bound) {
  const OperationScope op(name, {a, b});
  check_bound(op, name, bound);
  broadcast_sizes(a.sizes(), b.sizes(), name);
  const auto [shares, bits] = align({a, b});
  return one_of(op, which, shares[0], shares[1], bits, bound);
}

MPCTensor of_two(Which which, const char* name, const MPCTensor& a, const Plain& b, double bound) {
  const OperationScope op(name, {a});
  check_bound(op, name, bound);
  op.fact(b.sizes());
  broadcast_sizes(a.sizes(), b.sizes(), name);
  const auto [share, plain, bits] = align(a, b);
  return one_of(op, which, share, op.party().public_share(plain), bits, bound);
}

}  // namespace

MPCTensor maximum(const MPCTensor& a, const MPCTensor& b, double bound) { return of_two(Which::larger, "maximum", a, b, bound); }
MPCTensor maximum(const MPCTensor& a, const Plain& b, double bound) { return of_two(Which::larger, "maximum", a, b, bound); }
MPCTensor minimum(const MPCTensor& a, const MPCTensor& b, double bound) { return of_two(Which::smaller, "minimum", a, b, bound); }
MPCTensor minimum(const MPCTensor& a, const Plain& b, double bound) { return of_two(Which::smaller, "minimum", a, b, bound); }

MPCTensor clamp(const MPCTensor& x, std::optional<double> low, std::optional<double> high, double bound) {
  const OperationScope op("clamp", {x});
  check_bound(op, "clamp", bound);
  if (low && high) return hardtanh(x, *low, *high, bound);
  if (low) return add(relu(subtract(x, Plain(*low)), bound + std::abs(*low)), Plain(*low));
  if (high) return negate(subtract(relu(negate(subtract(x, Plain(*high))), bound + std::abs(*high)), Plain(*high)));
  throw InvalidArgument(tensor_code::bounds, "clamp: no bound", "clamp", "there is neither a lower nor an upper one", "pass one of them");
}

}  // namespace crypten
