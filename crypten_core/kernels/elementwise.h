// Arithmetic on one element of a share, written once for CPU and CUDA: what the protocols do with opened values, in one pass over memory.
// `Words` is uint64_t, or on the CPU a vector of them (kernels/word_runs.h).
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::elementwise {

// A share of x·y from X = x − λ, Y = y − μ (public) and shares of λ, μ, λ·μ: X·[μ] + Y·[λ] + [λμ], and X·Y on the one rank that adds public
// values.
struct MultiplyCombine {
  bool add_public;
  template <class Words>
  CRYPTEN_HOST_DEVICE Words operator()(Words x, Words y, Words lambda, Words mu, Words product) const {
    const Words share = x * mu + y * lambda + product;
    return add_public ? share + x * y : share;
  }
};

// x / 2^shift from the opening X = x + r mod 2^bits (public, bits above `bits` are ignored) and shares of r >> shift and of r's top bit. With Y = X + 2^(bits−2):
//   x / 2^shift = value − (r >> shift) + wrap·(msb r),  value = (Y >> shift) − 2^(bits−2−shift),  wrap = (1 − msb Y)·2^(bits−shift).
struct Truncation {
  int shift, bits;  // 1 ≤ shift ≤ bits − 2, bits ≤ 64

  template <class Words>
  CRYPTEN_HOST_DEVICE Words raised(Words x) const {
    return (x + (uint64_t{1} << (bits - 2))) & (~uint64_t{0} >> (64 - bits));
  }
  template <class Words>
  CRYPTEN_HOST_DEVICE Words value(Words y) const {
    return (y >> shift) - (uint64_t{1} << (bits - 2 - shift));
  }
  template <class Words>
  CRYPTEN_HOST_DEVICE Words not_wrapped(Words y) const {  // 0 or 1
    return (y >> (bits - 1)) ^ uint64_t{1};
  }
};

// Both public parts of it.
struct TruncatedValue {
  Truncation truncation;
  template <class Words>
  CRYPTEN_HOST_DEVICE Words operator()(Words x) const {
    return truncation.value(truncation.raised(x));
  }
};
struct TruncatedWrap {
  Truncation truncation;
  template <class Words>
  CRYPTEN_HOST_DEVICE Words operator()(Words x) const {
    return truncation.not_wrapped(truncation.raised(x)) << (truncation.bits - truncation.shift);
  }
};

// A share of it; `value` on the one rank that adds public values.
struct TruncateCombine {
  Truncation truncation;
  bool add_public;
  template <class Words>
  CRYPTEN_HOST_DEVICE Words operator()(Words x, Words high, Words top) const {
    const Words y = truncation.raised(x), all = Words{} - truncation.not_wrapped(y);
    const Words share = ((top << (truncation.bits - truncation.shift)) & all) - high;
    return add_public ? share + truncation.value(y) : share;
  }
};

struct Add {
  template <class Words>
  CRYPTEN_HOST_DEVICE Words operator()(Words x, Words y) const {
    return x + y;
  }
};

}  // namespace crypten::elementwise
