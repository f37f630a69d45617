// Comparison with zero from the masked opening Y = x + r: msb(x) = msb(Y) ⊕ msb(r) ⊕ [Y mod 2^63 < r mod 2^63], a public number against a dealer-known one.
// Chunk tables, then a tree of merges on masked bits, everything bit-sliced. Exact on all of Z/2^64.
#pragma once

#include "mpc/party.h"

namespace crypten {

// A comparison whose dealer requests have left (at construction, in program order) and whose rounds run in finish(). The resulting bit is masked: value ⊕ dealer-known mask,
// so that a selection by it is local. term() is known from the start: requests that use the bit can leave before the rounds.
class Comparison {
 public:
  enum class Kind { negative, zero };
  // x: constant coefficients; it may be open or not (finish() opens it). `low_bits`, for exact truncation: also keep [Y mod 2^low_bits < r mod 2^low_bits].
  Comparison(Party& party, MaskedPtr x, Kind kind, int low_bits = 0);
  // 4 rounds (3 if x is open), ≤ 13 B an element (≤ 5 if open), dealer ≤ 43 B. Opens: x − λ, and bits each under its own mask bit.
  MaskedBits finish(Party& party);
  TermRef term() const;           // of the result bit
  TermRef low_term() const;       // of the borrow bit, requires low_bits
  const MaskedBits& low() const;  // after finish()

 private:
  struct State;
  std::shared_ptr<State> state_;
};

MaskedBits is_negative(Party& party, const ArithmeticShared& x);
MaskedBits is_zero(Party& party, const ArithmeticShared& x);

}  // namespace crypten
