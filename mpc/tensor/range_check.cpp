#include "mpc/tensor/range_check.h"

#include <cmath>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {
namespace {

void check(Party& party, const at::Tensor& exact) {
  const auto outside = at::gt(at::abs(exact), std::ldexp(1.0, 62)).flatten();
  if (outside.numel() == 0 || !outside.any().item<bool>()) return;
  throw Error(tensor_code::out_of_range, "a number leaves the range of the ring", party.scopes().scope() + ", element " + std::to_string(at::nonzero(outside)[0].item<int64_t>()) + " in memory order",
              "an integer after a product must stay below 2^62 in magnitude; this layer is the first that does not",
              "scale the model's inputs or weights, or use fewer fraction bits (encoder.precision_bits)");
}

}  // namespace

void check_range_debugging(const Party& party) {
  if (!party.config().check_ranges || party.world_size() == 1) return;
  throw InvalidArgument(tensor_code::needs_one_party, "debug.check_ranges needs a single party", "Config", "the session has " + std::to_string(party.world_size()) + " parties, and none may see a value",
                        "simulate the program with one party: it does the same arithmetic");
}

void check_product(Party& party, const Bilinear& op, const RingTensor& a, const RingTensor& b) {
  if (!party.config().check_ranges) return;
  check_range_debugging(party);
  const auto x = a.words().to(at::kDouble), y = b.words().to(at::kDouble);
  const Conv2dOptions& o = op.options();
  switch (op.kind()) {
    case Bilinear::Kind::elementwise:
      return check(party, at::mul(x, y));
    case Bilinear::Kind::matmul:
      return check(party, at::matmul(x, y));
    case Bilinear::Kind::conv2d:
      return check(party, at::conv2d(x, y, {}, o.stride, o.padding, o.dilation, o.groups));
  }
}

void check_product(Party& party, const Bilinear& op, const ArithmeticShared& a, const ArithmeticShared& b) {
  if (party.config().check_ranges) check_product(party, op, a.share(), b.share());
}

void check_scaled(Party& party, const ArithmeticShared& x, int shift) {
  if (!party.config().check_ranges) return;
  check_range_debugging(party);
  check(party, at::mul(x.share().words().to(at::kDouble), std::ldexp(1.0, shift)));
}

}  // namespace crypten
