// Functions of reals are made for 8 … 24 fractional bits.
#pragma once

#include "mpc/tensor/operation_scope.h"

namespace crypten {

// precision_bits. Throws InvalidArgument (409) unless 8 … 24.
int checked_precision(const OperationScope& op, const char* name);

}  // namespace crypten
