// Arithmetic on one element of a share, written once for CPU and CUDA: what the protocols do with opened values, in one pass over memory.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::elementwise {

// A share of x·y from X = x − λ, Y = y − μ (public) and shares of λ, μ, λ·μ: X·[μ] + Y·[λ] + [λμ], and X·Y on the one rank that adds public
// values.
struct MultiplyCombine {
  bool add_public;
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t x, uint64_t y, uint64_t lambda, uint64_t mu, uint64_t product) const {
    return x * mu + y * lambda + product + (add_public ? x * y : 0);
  }
};

// A share of x / 2^shift from Y = x + 2^(bits−2) + r mod 2^bits (public, bits above `bits` are ignored) and shares of r >> shift and of r's
// top bit: (Y >> shift) − 2^(bits−2−shift) − [r >> shift] + (1 − msb Y)·2^(bits−shift)·[msb r], the first two terms on the one rank that
// adds public values.
struct TruncateCombine {
  int shift, bits;  // 1 ≤ shift ≤ bits − 2, bits ≤ 64
  bool add_public;
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t y, uint64_t high, uint64_t top) const {
    y &= ~uint64_t{0} >> (64 - bits);
    const uint64_t wrapped = y >> (bits - 1) ? 0 : top << (bits - shift);
    return wrapped - high + (add_public ? (y >> shift) - (uint64_t{1} << (bits - 2 - shift)) : 0);
  }
};

struct Add {
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t x, uint64_t y) const { return x + y; }
};

}  // namespace crypten::elementwise
