// A public bound on |x| that the caller knows: operations that can be cheaper for it take it as their last argument.
// What it saves: comparisons, thresholds and size classes look at fewer bits (fewer chunks, at few of them a round less); where x cannot leave a series' interval, nothing is compared at all.
// It is the caller's word, equal on all parties, and public: the dealer sees its effect. A value beyond it gives a wrong number, and no error.
#pragma once

#include <limits>

#include "mpc/tensor/operation_scope.h"

namespace crypten {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// Checks the bound and makes it a fact of the operation. Throws InvalidArgument (419): not positive.
void check_bound(const OperationScope& op, const char* name, double bound);
// Of the sum of `count` squares of such numbers, which were rounded to so many fractional bits.
double bound_of_squares(double bound, int64_t count, int fraction_bits);
// The fewest bits with bound ≤ 2^bits for numbers with so many fractional bits, at most `most`.
int bits_within(double bound, int fraction_bits, int most);
// The `top` of a comparison (mpc/protocol/compare.h) of numbers with so many fractional bits that keep to the bound, with room for three units of 2^-precision_bits by
// which they were rounded or will be; 0: no bound, or one that saves nothing.
int top_within(double bound, int fraction_bits, int precision_bits);

}  // namespace crypten
