#include "mpc/function/power.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

// x to each of these exponents (≥ 1), level by level: q is the product of ⌊q/2⌋ and ⌈q/2⌉, whose truncations share a round.
std::map<int64_t, MPCTensor> powers(const MPCTensor& x, const std::set<int64_t>& exponents) {
  std::set<int64_t> needed;
  std::vector<int64_t> open(exponents.begin(), exponents.end());
  while (!open.empty()) {
    const int64_t q = open.back();
    open.pop_back();
    if (q > 1 && needed.insert(q).second) open.push_back(q / 2), open.push_back(q - q / 2);
  }
  const int bits = x.party()->config().precision_bits;
  std::map<int64_t, MPCTensor> known{{1, x}};
  while (!needed.empty()) {
    std::vector<int64_t> ready;
    std::vector<MPCTensor> operands;
    for (const int64_t q : needed) {
      if (!known.contains(q / 2) || !known.contains(q - q / 2)) continue;
      ready.push_back(q);
      for (const int64_t factor : {q / 2, q - q / 2}) operands.push_back(known.at(factor));
    }
    bring_back(operands, bits);
    for (const int64_t q : ready) {
      known[q] = q % 2 == 0 ? square(known.at(q / 2)) : multiply(known.at(q / 2), known.at(q - q / 2));
      needed.erase(q);
    }
  }
  return known;
}

MPCTensor public_constant(const OperationScope& op, const MPCTensor& x, double value) {
  return add(op.result(op.zeros(x.sizes()), op.precision_bits()), Plain(value));
}

}  // namespace

MPCTensor power(const MPCTensor& x, int64_t exponent) {
  const OperationScope op("pow", {x});
  op.fact(std::to_string(exponent));
  if (exponent < 0) {
    throw InvalidArgument(tensor_code::exponent, "pow: a negative exponent", "pow", "the exponent is " + std::to_string(exponent), "use the reciprocal of the positive power");
  }
  if (exponent == 0) return public_constant(op, x, 1);
  return powers(x, {exponent}).at(exponent);
}

MPCTensor polynomial(const MPCTensor& x, const std::vector<double>& coefficients) {
  const OperationScope op("polynomial", {x});
  op.fact(std::to_string(coefficients.size()));
  if (coefficients.empty()) throw InvalidArgument(tensor_code::exponent, "polynomial: no coefficients", "polynomial", "the list is empty", "give at least the constant");
  std::set<int64_t> exponents;
  for (size_t i = 1; i < coefficients.size(); ++i)
    if (coefficients[i] != 0) exponents.insert(static_cast<int64_t>(i));
  if (exponents.empty()) return public_constant(op, x, coefficients[0]);
  const auto known = powers(x, exponents);
  std::vector<MPCTensor> summands;
  for (const int64_t q : exponents) summands.push_back(known.at(q));
  const int bits = op.precision_bits();
  bring_back(summands, bits);
  // Powers and coefficients have `bits` fractional bits each, and the sum twice as many.
  auto sum = op.party().public_share(Plain(coefficients[0]).encoded(2 * bits, x.device()));
  for (const int64_t q : exponents)
    sum = sum + known.at(q).widened(bits) * static_cast<int64_t>(std::llround(std::ldexp(coefficients[static_cast<size_t>(q)], bits)));
  return *exponents.rbegin() > 1 ? op.truncated(std::move(sum), 2 * bits) : op.result(std::move(sum), 2 * bits);
}

}  // namespace crypten
