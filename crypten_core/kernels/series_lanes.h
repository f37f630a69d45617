// One element of a share of a series of an opened angle (mpc/protocol/series.h): what a GPU thread does. No tensors.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/trigonometry.h"

namespace crypten::series_lanes {

// [cos λ]·(a·cos θ + b·sin θ) + [sin λ]·(b·cos θ − a·sin θ) of one harmonic, its factors divided by 2^down, rounded half up.
CRYPTEN_HOST_DEVICE uint64_t harmonic(const Phasor& theta, int64_t a, int64_t b, int down, uint64_t cosine_share, uint64_t sine_share) {
  return cosine_share * static_cast<uint64_t>(rounded_shift(a * theta.cosine + b * theta.sine, down)) +
         sine_share * static_cast<uint64_t>(rounded_shift(b * theta.cosine - a * theta.sine, down));
}

// constant + Σ_j [cos λ_j]·(a_j·cos θ_j + b_j·sin θ_j) + [sin λ_j]·(b_j·cos θ_j − a_j·sin θ_j), θ_j the k_j-fold opened angle: angles[i] · 2^up, in units of
// 2^-32 turns. Public factors are divided by 2^down, rounded half up.
struct Sum {
  const uint64_t* angles;
  const uint64_t* shares;  // of n elements each: the cosine and the sine of the first harmonic, of the second, …
  int64_t n;
  const int64_t* terms;  // k of all harmonics, ascending, then a, then b
  int64_t harmonics;
  int up, down;
  uint64_t constant;

  CRYPTEN_HOST_DEVICE uint64_t operator()(int64_t i) const {
    const Phasor one = phasor(static_cast<uint32_t>(angles[i] << up));
    Phasor multiple = one;
    uint64_t sum = constant;
    int64_t at = 1;
    for (int64_t j = 0; j < harmonics; ++j) {
      for (; at < terms[j]; ++at) multiple = multiple * one;
      sum += harmonic(multiple, terms[harmonics + j], terms[2 * harmonics + j], down, shares[2 * j * n + i], shares[(2 * j + 1) * n + i]);
    }
    return sum;
  }
};

}  // namespace crypten::series_lanes
