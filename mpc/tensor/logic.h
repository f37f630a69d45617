// Comparisons, ReLU and selection of private reals. A comparison is exact at whatever scale its operands have: nothing is truncated for it.
// Results of comparisons are 0 or 1 with no fractional bits, already open under a mask: multiplying or selecting by them opens nothing for them.
// Cost of each (see docs/costs.md): 4 rounds, ≤ 13 B, dealer ≤ 60 B an element, where not said otherwise; 3 rounds, ≤ 5 B if the difference is open already.
// Opens: x − λ (or the operand of a − b that is not open yet), and bits each under its own mask bit.
// `bound`: of |x|, or of |a| and |b| (mpc/tensor/bound.h): with b bits as integers 8 + 0.08·b B, dealer 16 + 0.65·b B for a ReLU; 3 rounds where b ≤ 16.
// Needs |a − b| < 2^63 as integers of the common scale, which the range of reals (mpc_tensor.h) ensures.
// Throws: InvalidArgument 401 … 403, 410, 419. All before anything is sent, on all ranks alike.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

enum class Order { less, less_equal, greater, greater_equal, equal, not_equal };
MPCTensor compare(const MPCTensor& a, Order order, const MPCTensor& b, double bound = kUnbounded);  // dealer ≤ 52 B
MPCTensor compare(const MPCTensor& a, Order order, const Plain& b, double bound = kUnbounded);      // b is rounded to the scale of a, as if it had been encrypted

// max(x, 0). A pending truncation is fused: 4 rounds, ≤ 12 B, dealer ≤ 58 B (exact ≤ 13 B, ≤ 88 B) for both.
MPCTensor relu(const MPCTensor& x, double bound = kUnbounded);
// min(max(x, low), high): two comparisons of one opening, side by side: 4 rounds, ≤ 18 B, dealer ≤ 120 B (122 B with a fused truncation).
// Throws InvalidArgument (419): low > high.
MPCTensor hardtanh(const MPCTensor& x, double low, double high, double bound = kUnbounded);
MPCTensor abs(const MPCTensor& x, double bound = kUnbounded);   // a pending truncation stays pending
MPCTensor sign(const MPCTensor& x, double bound = kUnbounded);  // −1, 0, 1, as torch: 4 rounds, ≤ 18 B, dealer ≤ 104 B
// condition · a + (1 − condition) · b for a condition of 0s and 1s: 1 round, 8 B an element of the difference (0 and 0 if it is open), dealer ≤ 24 B.
MPCTensor where(const MPCTensor& condition, const MPCTensor& a, const MPCTensor& b);

}  // namespace crypten
