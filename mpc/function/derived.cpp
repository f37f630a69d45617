#include "mpc/function/derived.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "crypten_core/error.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/power.h"
#include "mpc/function/precision.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sine.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {
namespace {

constexpr int kMostExponentBits = 36;  // what exp takes as it is

}  // namespace

MPCTensor log1p(const MPCTensor& x, double bound) {
  const OperationScope op("log1p", {x});
  check_bound(op, "log1p", bound);
  return log(add(x, Plain(1)), 1 + bound);
}

MPCTensor expm1(const MPCTensor& x, double bound) {
  const OperationScope op("expm1", {x});
  check_bound(op, "expm1", bound);
  return subtract(exp(x, bound), Plain(1));
}

MPCTensor tan(const MPCTensor& x) {
  const OperationScope op("tan", {x});
  checked_precision(op, "tan");
  const auto [cosine, sine] = cossin(x);
  return divide(sine, cosine, ReciprocalDomain::both_signs, 1 + std::ldexp(1, -6));
}

MPCTensor real_power(const MPCTensor& x, double exponent, double bound) {
  const OperationScope op("power", {x});
  checked_precision(op, "power");
  check_bound(op, "power", bound);
  op.fact(std::to_string(exponent));
  if (!std::isfinite(exponent) || std::abs(exponent) > 1024) {
    throw InvalidArgument(tensor_code::exponent, "power: this exponent is not possible", "power", "it is " + std::to_string(exponent), "choose one of −1024 … 1024");
  }
  const double whole = std::trunc(exponent), part = exponent - whole;
  if (part == 0) return whole >= 0 ? power(x, static_cast<int64_t>(whole)) : power(reciprocal(x, ReciprocalDomain::both_signs, bound), static_cast<int64_t>(-whole));
  if (std::abs(part) == 0.5) {
    const auto root = exponent > 0 ? sqrt(x, bound) : inv_sqrt(x, bound);
    return power(root, static_cast<int64_t>(std::abs(2 * exponent)));
  }
  // With as many fractional bits as exp takes: the exponent's rounding is multiplied by log x.
  const auto logarithm = log(x, bound);
  const int bits = op.precision_bits(), factor_bits = std::max(kMostExponentBits - bits, bits);
  return exp(op.result(logarithm.share() * static_cast<int64_t>(std::llround(std::ldexp(exponent, factor_bits))), bits + factor_bits));
}

}  // namespace crypten
