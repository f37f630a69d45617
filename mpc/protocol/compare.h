// Comparison with zero from the masked opening Y = x + r: msb(x) = msb(Y) ⊕ msb(r) ⊕ [Y mod 2^63 < r mod 2^63], a public number against a dealer-known one.
// Chunk tables, then a tree of merges on masked bits (mpc/provider/comparison_plan.h), everything bit-sliced. Exact on all of Z/2^64; in a ring of k bits, on Z/2^k.
#pragma once

#include "mpc/party.h"

namespace crypten {

// Which bits of x a comparison looks at; fewer are cheaper. A whole comparison: none given.
struct ComparedBits {
  int top = 0;    // −2^top ≤ x < 2^top is known (for Kind::zero |x| < 2^top), and outside of it the outcome means nothing; 0: all of the ring
  int first = 0;  // only with Kind::negative: lower bits are not looked at, so that x in [−2^first, 0) may count as not negative. No other is taken for what it is not
                  // if x < 2^top − 2^first (2^63 − 2^first of the whole ring)
};

// A comparison whose dealer requests have left (at construction, in program order) and whose rounds run in finish(). The resulting bit is masked: value ⊕ dealer-known mask,
// so that a selection by it is local. term() is known from the start: requests that use the bit can leave before the rounds.
class Comparison {
 public:
  enum class Kind {
    negative,  // x < 0
    zero,      // x = 0
    borrow,    // only [Y mod 2^low_bits < r mod 2^low_bits]: what separates a dithered truncation from an exact one
  };
  enum class Outcome {
    masked,  // finish(): opened under a mask, for a selection
    shared,  // share(): XOR shares, for an AND with other bits, which opens them under masks of its own
  };
  // x: constant coefficients, at least one mask (mask_to_compare() gives that); it may be open or not (finish() opens it).
  // `low_bits`, with Kind::negative: the borrow is a result too, in the same rounds.
  // Throws InvalidArgument, before anything is requested: another form of x; low_bits outside 1 … the ring's bits − 1 (or top) where they are needed, or given with
  // Kind::zero, with `first` or with Outcome::shared; top outside 0 … the ring's bits − 1, first outside 0 … top − 1 or with another kind; either of them with Kind::borrow.
  Comparison(Party& party, MaskedPtr x, Kind kind, int low_bits = 0, ComparedBits range = {}, Outcome outcome = Outcome::masked);
  // 4 rounds (3 if x is open), ≤ 13 B an element (≤ 5 if open), dealer ≤ 43 B; a borrow of 16 bits: 3 (2) rounds, 9 B (1 B), dealer 10 B.
  // With a range b = top − first bits count instead of 63: dealer about 0.65·b B; one round less for b ≤ 16.
  // Opens: x − λ, and bits each under a mask bit of its own. Bits lie in the order of x's elements, row by row.
  // Throws InvalidArgument: made for Outcome::shared.
  MaskedBits finish(Party& party);
  // The same bit unopened: one round and 1/8 B less, dealer 1/8 B more (Kind::negative). Opens: the same but for the last bit. Throws InvalidArgument: made for Outcome::masked.
  BitShared share(Party& party);
  TermRef term() const;           // of the result bit
  TermRef low_term() const;       // of the borrow beside a Kind::negative
  const MaskedBits& low() const;  // after finish()

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The opening of x in the form that a comparison takes: the one that x carries, or a new one where that is an affine form or x is public.
MaskedPtr mask_to_compare(Party& party, const ArithmeticShared& x);

MaskedBits is_negative(Party& party, const ArithmeticShared& x);
MaskedBits is_zero(Party& party, const ArithmeticShared& x);

}  // namespace crypten
