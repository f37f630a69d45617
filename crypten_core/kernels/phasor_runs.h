// Sines and cosines of angles and of their multiples (trigonometry.h) on runs of elements, on the widest registers there are: what a party does with an opened
// angle and the dealer with its mask. Word for word what Phasor gives. No tensors, since each version is compiled for its own instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

// The numbers of Phasor: their absolute value stays near 2^30.
struct PhasorRun {
  int32_t *cosine, *sine;
};

// Public factors of a harmonic (kernels/series_lanes.h). 1 ≤ down ≤ 62.
struct HarmonicFactors {
  int64_t a, b;
  int down;
};

struct PhasorRuns {
  // out_i = phasor(angles_i · 2^up), up < 32.
  void (*phasors)(const uint64_t* angles, int up, PhasorRun out, size_t count);
  // multiple_i = multiple_i * one_i
  void (*turn)(PhasorRun multiple, PhasorRun one, size_t count);
  // sums_i += series_lanes::harmonic(multiple_i, …, cosine_shares_i, sine_shares_i)
  void (*add_harmonic)(const HarmonicFactors& factors, PhasorRun multiple, const uint64_t* cosine_shares, const uint64_t* sine_shares, uint64_t* sums,
                       size_t count);
  // out_i = values_i / 2^down, rounded half up, as a word. 0 ≤ down ≤ 30.
  void (*scaled)(const int32_t* values, int down, uint64_t* out, size_t count);
};

extern const PhasorRuns kPhasorRunsPortable, kPhasorRunsAvx2, kPhasorRunsAvx512;
inline constexpr KernelTable<const PhasorRuns*> kPhasorRuns{{&kPhasorRunsPortable, &kPhasorRunsAvx2, &kPhasorRunsAvx512}};

}  // namespace crypten
