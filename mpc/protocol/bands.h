// Bands: between which public thresholds a shared x lies, all from one opening of x and in the rounds of one comparison (mpc/protocol/compare).
// Thresholds t_0 < t_1 < … cut the line. Comparisons of one Y with several of them share the one-hot tables of r's chunks; a bit of a band is the XOR of two comparisons,
// formed before its opening, so that two thresholds give two bits.
#pragma once

#include <vector>

#include "mpc/party.h"
#include "mpc/protocol/compare.h"

namespace crypten {

class Bands {
 public:
  // x: as mask_to_compare() gives it, open or not. `first_bit`: lower bits of x are not looked at, and the thresholds are fuzzy: x in [t − 2^first_bit, t) may count as
  // above t, x ≥ t always does. 0: exact. Needs |x − t| < 2^63 for all t, and thresholds further apart than 2^first_bit.
  // `top_bit`: the sign of x − t, where |x − t| < 2^top_bit for all t: fewer bits are compared, and outside of that a bit may be either. 0: the ring's topmost.
  // Throws InvalidArgument: no threshold, thresholds that do not ascend, first_bit outside 0 … top_bit − 1, top_bit above the ring's, another form of x.
  Bands(Party& party, MaskedPtr x, std::vector<int64_t> thresholds, int first_bit = 0, int top_bit = 0);

  // With T thresholds and b = top_bit − first_bit bits compared: as many rounds as a comparison of b bits (3 after the opening of x for 17 … 64 bits), and T times its bits:
  // 29 for b = 48. Dealer: its tables once, 22.5 B, and T times its products, 8 B. Opens: x − λ, and bits each under a mask bit of its own.
  void finish(Party& party);
  // Bit i is [t_i ≤ x < t_{i+1}], the last one [t_last ≤ x]. The term is known from the start, the bit after finish().
  TermRef term(size_t i) const;
  const MaskedBits& bit(size_t i) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace crypten
