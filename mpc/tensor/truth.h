// Logic on private truth values: 0 or 1, as comparisons give. Of other numbers the results mean nothing. Not is local; the others cost one product:
// 1 round, 8 B for each element of an operand that is not open yet, so nothing for results of comparisons; dealer 8 … 12 B. With public operands local. Opens: x − λ.
// Throws: InvalidArgument 401 … 403, 410 (both shapes). All before anything is sent, on all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

MPCTensor logical_not(const MPCTensor& a);                        // 1 − a
MPCTensor logical_and(const MPCTensor& a, const MPCTensor& b);    // a·b
MPCTensor logical_or(const MPCTensor& a, const MPCTensor& b);     // a + b − a·b
MPCTensor logical_xor(const MPCTensor& a, const MPCTensor& b);    // a + b − 2·a·b
MPCTensor logical_and(const MPCTensor& a, const Plain& b);
MPCTensor logical_or(const MPCTensor& a, const Plain& b);
MPCTensor logical_xor(const MPCTensor& a, const Plain& b);

}  // namespace crypten
