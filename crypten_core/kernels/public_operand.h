// Which operand of a product all parties know: only of such a one may a kernel look at the words to choose its way. A share or a masked word must never decide
// which instructions run.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

enum class PublicOperand : uint8_t { none, left, right };
PublicOperand exchanged(PublicOperand known);  // of the product with its operands exchanged

// The fewest bits in which all words are signed numbers in two's complement, 1 … 64; beyond 32, where nothing depends on it any more, 64. One pass over memory.
int signed_bits(const at::Tensor& words);

// The kernels for the product of a (A's rows) and b: those for a narrow operand if one is known and the path has any.
const RingKernels& for_public(const RingKernels& kernels, PublicOperand known, const at::Tensor& a, const at::Tensor& b);

}  // namespace crypten
