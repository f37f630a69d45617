// The size class of a shared x: e with 2^(low_bit + e − 1) ≤ |x| < 2^(low_bit + e + 1), shared modulo 32 or 64, and x's sign, from one opening of x.
// Method: mpc/provider/class_plan.h for e; the sign is a comparison of the same digits (mpc/protocol/compare), with the same one-hot tables and in the same rounds.
#pragma once

#include "mpc/party.h"

namespace crypten {

class SizeClass {
 public:
  // x: constant coefficients, open or not; |x| < 2^(low_bit + 4·chunks − 1) − 2^low_bit, and x ≥ 0 without both signs. Smaller |x| than 2^low_bit: e = 0, or 1 from
  // 2^(low_bit − 1) on, and a sign that may be wrong. In a ring with other chunks: their bits instead of 4.
  // Requested at construction. Throws InvalidArgument: another form of x; from the plan and from the request's limits.
  SizeClass(Party& party, MaskedPtr x, int low_bit, int chunks, bool both_signs);

  int largest() const;        // e = 0 … largest()
  int bits() const;           // of e's shares: 5 for largest() < 16, else 6, so that 2·largest() fits, up to 8 chunks
  TermRef sign_term() const;  // with both signs: of the bit [x < 0], known from the start
  // 4 rounds (3 if x is open; 1 less for at most 4 chunks, 3 with both signs). For 8 chunks and both signs: 8 + 23.8 B, dealer 104.8 B; for x ≥ 0: 8 + 15.9 B, dealer 76 B.
  // Opens: x − λ, and bits each under a mask bit of its own.
  void finish(Party& party);
  const RingTensor& share() const;  // own share of e: words of which the low bits() bits count
  const MaskedBits& sign() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace crypten
