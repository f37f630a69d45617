// Sums and means of private reals. Local: 0 rounds, 0 bytes; a mean over a number that is no power of two costs what divide_by_count does.
// Throws: InvalidArgument 402, 416 (mean of no elements), 422; IndexError 412. On all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor sum(const MPCTensor& x, at::IntArrayRef dims = {}, bool keepdim = false);   // no dims: all; exact
MPCTensor mean(const MPCTensor& x, at::IntArrayRef dims = {}, bool keepdim = false);  // needs |sum| in range

}  // namespace crypten
