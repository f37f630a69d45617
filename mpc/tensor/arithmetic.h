// Sums, differences, scaling and element-wise products of private reals. Sums and products with public operands are local: 0 rounds, 0 bytes, no opening.
// Products of two have the sum of their fractional bits: the truncation is pending (mpc_tensor.h). Shapes: torch's broadcasting.
// Throws: InvalidArgument 401 … 403 (OperationScope), 410 (both shapes); SessionClosed. All before anything is sent, on all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

MPCTensor add(const MPCTensor& a, const MPCTensor& b);       // exact
MPCTensor subtract(const MPCTensor& a, const MPCTensor& b);  // exact
MPCTensor negate(const MPCTensor& x);                        // exact
MPCTensor add(const MPCTensor& x, const Plain& y);           // y is rounded to the scale of x: half a unit
MPCTensor subtract(const MPCTensor& x, const Plain& y);

// Element-wise. Before: a factor whose truncation is pending is truncated, both in one round. Then 1 round and 8 B for each element of a factor that is not open yet;
// the result of a truncation is open already, so that in a chain a multiplication and its truncation take 1 round and 8 B together. Opens: x − λ.
MPCTensor multiply(const MPCTensor& a, const MPCTensor& b);
MPCTensor square(const MPCTensor& x);
// y's encoding: integers are exact and add no fractional bits; see Plain::factor for reals.
MPCTensor multiply(const MPCTensor& x, const Plain& y);
// x · (1 / y). Throws InvalidArgument (413): y has a zero element.
MPCTensor divide(const MPCTensor& x, const Plain& y);

// x / count, for means: a power of two only moves the point: exact, and nothing is computed. Else a factor of relative error ≤ 2^-(precision_bits + 1).
// Local unless a truncation is pending or count is so large that the sum is truncated once before (1 round, 8 B): beyond 2^((62 − 2·precision_bits) / 3), 1024 at 16 bits.
MPCTensor divide_by_count(const MPCTensor& x, int64_t count);

}  // namespace crypten
