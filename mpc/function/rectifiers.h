// Rectifiers that are straight between their corners: built from relu and hardtanh (mpc/tensor/logic), whose costs, exactness, openings and errors they have.
// Domain: the range of reals, except where a product is named: there the range of a product. Public slopes and factors are encoded as Plain says; results with such a
// factor carry a pending truncation (mpc_tensor.h). No error beyond the encoding of the factors and one unit of a truncation.
// `bound`: of |x| (mpc/tensor/bound.h): comparisons of fewer bits.
#pragma once

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor leaky_relu(const MPCTensor& x, double negative_slope = 0.01, double bound = kUnbounded);  // as relu; slopes of more than precision_bits fractional bits bring a truncation forward: 5 rounds
// A private slope for negative x: one number, or as many as x has channels (dimension 1), or any shape that broadcasts to x. relu, then a product: 5 rounds
// (the opening of the slope is beside relu's).
MPCTensor prelu(const MPCTensor& x, const MPCTensor& weight, double bound = kUnbounded);
MPCTensor hardsigmoid(const MPCTensor& x, double bound = kUnbounded);  // min(max(x + 3, 0), 6) / 6: as hardtanh, 4 rounds
MPCTensor hardswish(const MPCTensor& x, double bound = kUnbounded);    // x · min(max(x + 3, 0), 6) / 6: 6 rounds, with the product and its truncation

}  // namespace crypten
