// Powers of a shared integer from one opening of it, by digits and without carries: b^x for a public b.
//
// Y = x + r is public, r = −λ dealer-known. Cut both into low digits of L bits and high digits of H bits: x = 2^L·h + l with h = Y_h − r_h and l = Y_l − r_l, over the
// integers: l may be negative, and no borrow is looked for. Hence b^x = b^(2^L·h)·b^(Y_l) · b^(−r_l): a public number, chosen by h, times a dealer-known one. The dealer shares
// E[u] = b^(−r_l)·[r_h = u], and the parties take Σ_u E[u] · c((Y_h − u) mod 2^H, Y_l): 2^H ring elements instead of a table of 2^(L+H).
// Digit-wise exponentials on shares: SiRNN (Rathee et al., IEEE S&P 2021); both digits in one vector, without their carry: functions of this project.
#pragma once

#include <optional>
#include <vector>

#include "mpc/party.h"

namespace crypten {

struct PowerDigits {
  int low_bits = 0, high_bits = 0;
};

class PowerTable {
 public:
  // An exponent that gives the public factor 0.
  static constexpr int64_t kNothing = INT64_MIN;

  // x: constant coefficients, open or not; a narrow opening has at least as many bits as both digits. Exponents: crypten_core/power_of_two.h.
  // The dealer's factor of b^x is round(2^(base − slope·r_l)), shared modulo 2^width. `sign`: a bit's term (Kind::bit): negated where it is 1.
  // 0 rounds, 0 B; dealer 2^H · width / 8 B. Throws InvalidArgument: from the request's limits.
  PowerTable(Party& party, MaskedPtr x, PowerDigits digits, int64_t base, int64_t slope, int width, const std::optional<TermRef>& sign = std::nullopt);

  // Own shares, of which the low `width` bits count: for each group, Σ_u E[u] · round(2^(group[h] + slope·Y_l)) where Y = opened value of x + offset, h = (Y_h − u) mod 2^H.
  // So group[h], of 2^H exponents, is slope·2^L·h, h taken as the signed number that is meant, plus whatever scale is wanted. x must be open now.
  std::vector<RingTensor> combine(int64_t offset, const std::vector<std::vector<int64_t>>& groups) const;

 private:
  MaskedPtr x_;
  PowerDigits digits_;
  int64_t slope_;
  Dealt dealt_;
};

}  // namespace crypten
