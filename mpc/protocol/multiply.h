// Products of shares: x·y = X·Y + X·[λ_y] + Y·[λ_x] + [λ_x·λ_y], for every bilinear operation (Beaver, CRYPTO '91; with openings kept as in ABY2.0, USENIX Security '21, §3).
#pragma once

#include "mpc/party.h"

namespace crypten {

// Results are modulo 2^64 at the product's scale: no truncation here.
// Cost: 1 round and 8 B for each element of an operand that is not open yet (0 rounds, 0 B if both are); dealer 8 B for each element of the result,
// for affine operands (after a truncation) 8 B + width B for each pair of terms. Opens: X = x − λ_x, Y = y − λ_y, where not yet open.
// Throws InvalidArgument before anything is sent: shapes that do not fit (from Bilinear).
ArithmeticShared multiply(Party& party, const ArithmeticShared& x, const ArithmeticShared& y);  // broadcasting, element-wise
ArithmeticShared square(Party& party, const ArithmeticShared& x);
// Operands whose opening has public coefficients (a truncation's result) are opened anew: such coefficients vary along the contraction.
ArithmeticShared bilinear(Party& party, const Bilinear& op, const ArithmeticShared& x, const ArithmeticShared& y);  // matmul, conv2d: y may be a weight
ArithmeticShared matmul(Party& party, const ArithmeticShared& x, const ArithmeticShared& y);
ArithmeticShared conv2d(Party& party, const ArithmeticShared& x, const ArithmeticShared& weight, const Conv2dOptions& options);

// Share of the element-wise product of two affine values, both open: 0 rounds, 0 B. Requested before, combined after their openings:
//   Π (value + Σ c_i t_i)(value' + Σ d_j s_j) needs shares of t_i·s_j, modulo 2^(width_i + width_j − 64): pairs of top bits vanish.
class AffineProduct {
 public:
  AffineProduct(Party& party, MaskedPtr x, MaskedPtr y);   // the request leaves with the next flush; only the terms' names and widths need be known
  ArithmeticShared combine(Party& party) const;            // both must be open now

 private:
  MaskedPtr x_, y_;
  std::vector<std::pair<size_t, size_t>> pairs_;           // of terms, masks merged
  std::shared_ptr<Dealt> dealt_;
};

}  // namespace crypten
