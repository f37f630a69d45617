// Scales: bringing operands to a common number of fractional bits, and back to what a product can take.
#pragma once

#include <vector>

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// Truncates those with more than `bits` fractional bits, all in one round. 0 rounds if there are none.
void bring_back(const std::vector<MPCTensor>& tensors, int bits);

struct Aligned {
  std::vector<ArithmeticShared> shares;
  int fraction_bits = 0;
};
// Sums, differences, joins: all at the largest of their scales: exact and local. Only a scale of more than twice precision_bits (it leaves too little room)
// that others do not have is brought back first.
Aligned align(const std::vector<MPCTensor>& tensors);
// The same with a public operand, which is rounded to the scale of the tensor, as if it had been encrypted.
struct AlignedPlain {
  ArithmeticShared share;
  RingTensor plain;
  int fraction_bits = 0;
};
AlignedPlain align(const MPCTensor& x, const Plain& plain);

// Factors: their scales add up to at most twice precision_bits; if they would not, those with more than precision_bits are brought back, in one round.
void fit_for_product(const MPCTensor& a, const MPCTensor& b);

}  // namespace crypten
