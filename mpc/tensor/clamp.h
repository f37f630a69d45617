// The larger and the smaller of two private reals, and clamping, element by element: exact.
// Cost of each: 4 rounds, ≤ 13 B, dealer ≤ 60 B an element (3 rounds, ≤ 5 B if the difference is open already). Opens: as a comparison (mpc/tensor/logic.h).
// `bound`: of |x|, or of |a| and |b| (mpc/tensor/bound.h): as mpc/tensor/logic.h says.
// Throws: InvalidArgument 401 … 403, 410 (both shapes), 419 (clamp: no bound, or the lower above the upper). All before anything is sent, on all ranks alike.
#pragma once

#include <optional>

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// Broadcasting. A pending truncation stays pending.
MPCTensor maximum(const MPCTensor& a, const MPCTensor& b, double bound = kUnbounded);
MPCTensor maximum(const MPCTensor& a, const Plain& b, double bound = kUnbounded);
MPCTensor minimum(const MPCTensor& a, const MPCTensor& b, double bound = kUnbounded);
MPCTensor minimum(const MPCTensor& a, const Plain& b, double bound = kUnbounded);
// min(max(x, low), high) for the bounds that there are; two: ≤ 18 B, dealer ≤ 120 B (122 B with a truncation). A pending truncation is fused.
MPCTensor clamp(const MPCTensor& x, std::optional<double> low, std::optional<double> high, double bound = kUnbounded);

}  // namespace crypten
