// truncate: x / 2^shift without ever failing, for |x| ≤ 2^62 and any number of parties.
// Open Y = x + 2^62 + r. The sum wrapped exactly when msb(r) = 1 and msb(Y) = 0, hence
//   [x >> f] = (Y >> f) − 2^(62−f) − [r >> f] + (1 − msb(Y))·2^(64−f)·[msb r].
// The result is ⌊x/2^f⌋ + [u < x mod 2^f] with the public dither u = Y mod 2^f: unbiased, never off by more than one unit. (Same construction: Escudero et al., CRYPTO 2020, fig. 10.)
// In a ring of k bits: 62 and 64 are k − 2 and k.
#pragma once

#include <string_view>

#include "mpc/party.h"

namespace crypten {

// Dithered. 1 round, 8 B (0 and 0 if x is open); dealer 8 + shift/8 B. Opens: x − λ. The result is masked-open already (two terms).
// Throws InvalidArgument: shift outside 1 … 62.
ArithmeticShared truncate(Party& party, const ArithmeticShared& x, int shift);

// The affine form of the truncation, requested now, formed when `x` is open: for fusion with comparison and selection.
// Of a narrow opening (mask_narrow, w bits) it truncates and lifts: x in [−2^(w−2), 2^(w−2)) shared modulo 2^w gives x / 2^shift shared in the whole ring; w stands for 64 in
// the formula above, and the top bit's coefficient is a multiple of 2^(w−shift): dealer 8 + (64 − w + shift)/8 B.
class PendingTruncation {
 public:
  // x: constant coefficients. Throws InvalidArgument: shift outside 1 … the bits of x's ring − 2.
  PendingTruncation(Party& party, MaskedPtr x, int shift);
  const MaskedPtr& masked() const { return result_; }       // the result, for an AffineProduct: names and widths of its terms are known from the start
  const std::vector<Term>& terms() const { return result_->terms; }
  MaskedPtr result(Party& party) const;                     // fills in and returns masked(); x must be open now
  ArithmeticShared share(Party& party) const;               // own share of the result, which carries it

 private:
  MaskedPtr x_, result_;
  int shift_, bits_;  // of the ring of x
  std::shared_ptr<Dealt> dealt_;
};

// A truncation of a share that is not computed yet: its mask is reserved and the dealer asked at construction. Costs, opens and throws as truncate().
class TruncationAhead {
 public:
  TruncationAhead(Party& party, at::IntArrayRef sizes, at::Device device, int shift);
  // Of a share modulo 2^narrow_bits, which is lifted: as PendingTruncation of mask_narrow(…, verb).
  TruncationAhead(Party& party, at::IntArrayRef sizes, at::Device device, int shift, int narrow_bits, std::string_view verb);
  const MaskedPtr& opening() const { return opening_; }               // give() it its share, and open it
  const PendingTruncation& pending() const { return pending_; }
  ArithmeticShared finish(Party& party, const RingTensor& share);  // of which share: opens it, 1 round

 private:
  MaskedPtr opening_;
  PendingTruncation pending_;
};

}  // namespace crypten
