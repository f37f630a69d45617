// Functions that are smooth inside of an interval and simple outside, in four rounds: a trigonometric series (mpc/protocol/series) between two thresholds
// (mpc/protocol/bands), all from one opening of x.
//
// Round 1 opens Y = x − λ and the angle; rounds 2 … 4 find the two bits of the bands, and beside them round 2 opens the series in its small ring, which truncates it and
// lifts it. Bit times series and bit times x are local. Far outside the series is garbage, and garbage times a shared 0 is a shared 0: x is not clamped.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/function/series_tables.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// The parts of a function: `bounded` is what the table says with 0 for x above, `linear` is x above and 0 elsewhere (undefined unless the table has above_is_x).
struct PiecewiseParts {
  MPCTensor bounded, linear;
};

// For every x in the range of reals with |x| < 2^(61 − its fraction bits); precision_bits 8 … 24. Result: precision_bits fractional bits, within piecewise_error().
// `exact_thresholds`: for functions that are not smooth at `high`: 14.5 B dealer, 2.5 B more.
// A pending truncation of x is fused at up to 17 fractional bits, else it runs before (1 round more): thresholds are compared at the scale of x, in fewer bits; functions
// with a slope of their own take 2 or 3 harmonics more.
// `bound`: of |x| (mpc/tensor/bound.h). Where the series holds for all such x: 2 rounds, 8.5 B, dealer 10·K + 13.75 − h/8 B; else fewer bits are compared, 3 rounds up to some 2^13.
// Cost for K harmonics, h headroom and g guard bits and up to 16 fractional bits: 4 rounds; 8 + 3.5 + (40 + g)/8 + 7.25 B; dealer (40 + g)/4·K + 80 − h/4 B (above_is_x: + 10 B),
// 2·K B more beyond 16 fractional bits.
// Opens: x − λ, top bits of an angle − λ, the series − λ, bits under mask bits. Throws InvalidArgument: 402, 409 (precision_bits), 419 (bound), SessionClosed.
PiecewiseParts piecewise_parts(const char* name, const series_tables::Tables& tables, const MPCTensor& x, bool exact_thresholds = false, double bound = kUnbounded);
// Their sum: the function.
MPCTensor piecewise(const char* name, const series_tables::Tables& tables, const MPCTensor& x, bool exact_thresholds = false, double bound = kUnbounded);

// Largest absolute error of piecewise(), for up to 8 parties: the table's own, every rounding at its worst, and one unit of the truncation. A function that multiplies a part
// by a public factor has the factor's error besides. For stating and testing, not for computing.
double piecewise_error(const series_tables::Tables& tables, int precision_bits);

// Series for these fractional bits: the small ring and what its 2^(width − 2) range is divided into. For precision_bits that checked_precision() gave.
struct SeriesScale {
  int width = 0, scale_bits = 0, factor_bits = 0;
  int fraction_bits() const { return scale_bits + factor_bits; }
};
SeriesScale series_scale(int precision_bits, int headroom_bits, int guard_bits = 0);

}  // namespace crypten
