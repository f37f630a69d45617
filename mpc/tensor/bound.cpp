#include "mpc/tensor/bound.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {

void check_bound(const OperationScope& op, const char* name, double bound) {
  if (!(bound > 0))
    throw InvalidArgument(tensor_code::bounds, std::string(name) + ": a bound that nothing keeps to", name, "it is " + std::to_string(bound), "pass a positive number, or none");
  if (bound != kUnbounded) op.fact("bound " + std::to_string(bound));
}

double bound_of_squares(double bound, int64_t count, int fraction_bits) {
  const double rounded = bound + std::ldexp(1, -fraction_bits);
  return static_cast<double>(std::max<int64_t>(count, 1)) * rounded * rounded;  // of none: 0 times no bound is no number
}

int bits_within(double bound, int fraction_bits, int most) {
  if (bound >= std::ldexp(1, most - fraction_bits)) return most;
  int bits = 1;
  while (std::ldexp(bound, fraction_bits) > std::ldexp(1, bits)) ++bits;
  return std::min(bits, most);
}

int top_within(double bound, int fraction_bits, int precision_bits) {
  constexpr int kMost = 62;
  const int top = bits_within(bound + std::ldexp(3, -std::min(precision_bits, fraction_bits)), fraction_bits, kMost);
  return top < kMost ? top : 0;
}

}  // namespace crypten
