// What a product gains from a public operand (crypten_core/bilinear.h): where a path multiplies digits, a narrow one has fewer of them.
#pragma once

#include <ATen/core/Tensor.h>

#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

PublicOperand exchanged(PublicOperand known);  // of the product with its operands exchanged

// The fewest bits in which all words are signed numbers in two's complement, 1 … 64; beyond 32, where nothing depends on it any more, 64. One pass over memory.
int signed_bits(const at::Tensor& words);

// The kernels for the product of a (A's rows) and b: those for a narrow operand if one is known and the path has any.
const RingKernels& for_public(const RingKernels& kernels, PublicOperand known, const at::Tensor& a, const at::Tensor& b);

}  // namespace crypten
