// The coefficients of functions as trigonometric series: integer constants, the same on every machine (printed by tools/fit_series.py, which says how they are found;
// tests compare every table with its function).
#pragma once

#include "mpc/protocol/series.h"

namespace crypten {

inline constexpr int kSlopeBits = 40;  // fractional bits of a slope

// Inside of [low, high) the function is series + below + slope·x; under it, `below`; over it, `above`, or x. The series holds half a unit beyond `low`, and the outer
// branches half a unit within, so that thresholds may be fuzzy by that much (mpc/protocol/bands).
struct FunctionTable {
  Series series;
  uint64_t turns = 0;     // 2^64 / period
  int64_t slope = 0;      // in units of 2^-kSlopeBits
  int headroom_bits = 1;  // |function − below| < 2^headroom_bits inside, with room for all errors: the truncation's range is 2^headroom_bits
  int guard_bits = 0;     // more than the usual bits of the small ring, for up to 16 fractional bits: many harmonics add up many roundings
  int low = 0, high = 0;  // in halves
  int below = 0, above = 0;
  bool above_is_x = false;
  double error = 0;       // largest difference of the table from its function, before any rounding: for stating errors, not for computing
};

namespace series_tables {

// Of one function: for up to 18 fractional bits; of more harmonics, for more; and where the first one has a slope that is no power of two, one without, for x that still has
// the fractional bits of a product: its slope would have too few. No harmonics: the usual one serves.
struct Tables {
  FunctionTable usual, fine, without_slope = {};
};
extern const Tables sigmoid, tanh, erf, gelu, gelu_tanh, silu, softplus, mish, elu;

// atan x for |x| ≤ 3/2, and of a reciprocal, |x| ≤ 1.001, with a slope of six bits: series + slope·x. Odd; low and high are the ends.
extern const FunctionTable atan_near, atan_of_reciprocal;

// Functions of a mantissa m in [1/4, 1), where one turn is 2, with relative errors below 2^-14.0, 2^-13.2 and 2^-15.6, and log with an absolute one below 2^-13.4.
extern const Series mantissa_reciprocal, mantissa_inv_sqrt, mantissa_sqrt, mantissa_log;

}  // namespace series_tables
}  // namespace crypten
