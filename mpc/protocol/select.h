// Selection and what is built on it: a masked bit times an open value is a product of two affine expressions, hence local.
// With bit = P ⊕ σ (P public, σ dealer-known) and x = X + Σ c_i·t_i:  x·σ = X·[σ] + Σ c_i·[σ·t_i], and x·bit = x − x·σ where P = 1, x·σ where P = 0.
#pragma once

#include <vector>

#include "mpc/party.h"
#include "mpc/protocol/compare.h"

namespace crypten {

// One bit times several values: requested before the rounds that find the bit and open the values, combined after them. 0 rounds, 0 B.
// Dealer: 8 B for the bit in the ring, and for each term of each value its width (8 B for a mask).
class Selection {
 public:
  // `bit`: Comparison::term() or MaskedBits::term(). Values: of any affine form, of the bit's sizes or broadcast to them; they need not be open yet.
  Selection(Party& party, TermRef bit, std::vector<MaskedPtr> values);
  // bit · values[i], or with `inverted` (1 − bit) · values[i]; `share` is this party's share of that value. The value must be open now.
  // The product with a public value is itself masked-open.
  ArithmeticShared combine(Party& party, const MaskedBits& bit, size_t i, const ArithmeticShared& share, bool inverted = false) const;
  LazyWords bit_share() const;  // of the bit's mask σ

 private:
  TermRef bit_;
  std::vector<MaskedPtr> values_;
  std::vector<size_t> first_product_;
  std::shared_ptr<Dealt> bit_share_, products_;
};

// factor · bit, from the opened bit and a share of its mask (bit_share(), or dealt with fewer bits where the factor is a multiple of a power of two). 0 rounds, 0 B.
RingTensor times_bit(Party& party, const MaskedBits& bit, const LazyWords& mask_share, int64_t factor);

// bit · x: 0 rounds and 0 B if x is open (else 1 round, 8 B); dealer 16 B (8 B for the bit in the ring, 8 B for each product of terms).
ArithmeticShared select(Party& party, const MaskedBits& bit, const ArithmeticShared& x);
// The bit as a ring element 0 or 1: [b] = b̂ + (1 − 2b̂)·[ρ]. 0 rounds, 0 B, dealer 8 B. The result is masked-open.
ArithmeticShared bit_to_ring(Party& party, const MaskedBits& bit);
// The same, requested before the rounds that find the bit; with `complement` 1 − b.
class PendingBit {
 public:
  PendingBit(Party& party, const TermRef& bit, at::Device device);
  ArithmeticShared combine(Party& party, const MaskedBits& bit, bool complement = false) const;

 private:
  Dealt mask_share_;
};

// max(x, 0): 4 rounds, ≤ 13 B, dealer ≤ 60 B (3 rounds, ≤ 5 B if x is open). Opens: as a comparison.
// `top` here and below, if not 0: |x| < 2^top is known (compare.h: ComparedBits), which is cheaper.
ArithmeticShared relu(Party& party, const ArithmeticShared& x, int top = 0);
// max(x / 2^shift, 0) from one opening of x, for |x| ≤ 2^62 (|x| + 2^shift ≤ 2^top): max(q, 0), where q is truncate()'s quotient, whose sign needs the bits above `shift` only. With `exact` the
// result is max(round(x / 2^shift), 0), half up, and depends on no mask.
// 4 rounds, ≤ 12 B, dealer ≤ 58 B where shift is 16 (exact: ≤ 13 B, ≤ 88 B).
ArithmeticShared truncate_relu(Party& party, const ArithmeticShared& x, int shift, bool exact = false, int top = 0);
// round(x / 2^shift), half up, independent of masks, for |x| ≤ 2^62 − 2^(shift−1). 3 rounds, 9 B, dealer ≤ 29 B where shift is 16 (more than 16: 4 rounds).
// The result is masked-open, with three terms.
ArithmeticShared truncate_exact(Party& party, const ArithmeticShared& x, int shift);

// The larger of two, element by element, broadcasting: b + relu(a − b). 4 rounds, ≤ 13 B, dealer ≤ 60 B. Needs |a − b| < 2^63 (2^top).
ArithmeticShared maximum(Party& party, const ArithmeticShared& a, const ArithmeticShared& b, int top = 0);

}  // namespace crypten
