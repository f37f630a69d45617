// What a product gains from a public operand (crypten_core/bilinear.h): where a path multiplies digits, a narrow one has fewer of them.
#pragma once

#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

PublicOperand exchanged(PublicOperand known);  // of the product with its operands exchanged

// The kernels for the product of A (rows) and B: those for a narrow operand if one is known and the path has any.
const RingKernels& for_public(const RingKernels& kernels, PublicOperand known);

}  // namespace crypten
