// x = ± m · 2^(low_bit + 1 + e) with a mantissa m in [1/4, 1): what reciprocals, roots and logarithms of private numbers begin with.
//
// Method: the size class e (mpc/protocol/size_class) is opened under a mask of five or six bits, a power table (mpc/protocol/powers) makes N = ± 2^(largest + 7 − e) of it, with the
// sign of x at no cost, and the top bits of x·N are m: opened as an angle, of which a short trigonometric series gives 1/m, m^(±1/2) or log m (mpc/protocol/series). No Newton
// steps. The mantissa covers two octaves because the class may be off by one.
#pragma once

#include "mpc/protocol/ahead.h"
#include "mpc/protocol/powers.h"
#include "mpc/protocol/series.h"
#include "mpc/protocol/size_class.h"

namespace crypten {

struct SizeRange {
  int low_bit = 0, chunks = 8;  // |x| from 2^low_bit to 2^(low_bit + 4·chunks − 1), as an integer
  bool both_signs = false;
};

// The range with as few chunks as numbers with these fractional bits need that keep to a public bound (mpc/tensor/bound.h), at least 3.
SizeRange within_bound(SizeRange range, int fraction_bits, double bound);

// 6 rounds (5 for at most 4 chunks and x ≥ 0; one less if x is open); the angle's opening is still to come. Opens: x − λ, bits under mask bits, e − λ mod 32 or 64, N − λ.
// Bytes: those of the size class, 5/8 or 6/8 B, and width / 8 B for N, width = low_bit + largest + 9; dealer 8 + 1 such elements, up to 6 chunks 4 + 1. `whole_factor`: N in the whole
// ring, 8 B each.
// The dealer is asked at construction, or step by step (mpc/protocol/ahead.h).
class Normalisation {
 public:
  // Throws InvalidArgument: width above the ring's bits.
  Normalisation(Party& party, const ArithmeticShared& x, const SizeRange& range, bool whole_factor);

  int largest() const;         // e = 0 … largest
  PowerDigits digits() const;  // in which powers of 2^e are taken from it: e = 8h + l, h < 2^high_bits
  // Reserved from the start, or where steps are asked about one by one, now.
  MaskedPtr size(Party& party) const;    // e mod 32 or 64: open after finish()
  MaskedPtr factor(Party& party) const;  // N, open after finish(); a narrow opening unless it was wanted in the whole ring
  MaskedPtr angle(Party& party) const;   // of m, where one turn is 2: to be opened after finish()
  void finish(Party& party);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A series of the mantissa, asked about like the normalisation that it follows.
class MantissaSeries {
 public:
  // `series` must outlive this.
  MantissaSeries(Party& party, const Normalisation& x, at::IntArrayRef sizes, const Series& series, int scale_bits, int factor_bits, int width);
  // Own share modulo 2^width: opens the angle, 1 round, 3.5 B; dealer as SeriesOfAngle. After x.finish().
  RingTensor finish(Party& party);

 private:
  Normalisation x_;
  const Series* series_;
  Ahead<SeriesOfAngle> of_angle_;
};

// Numbers with more fractional bits than this are truncated before they are normalised: with them the ranges of mpc/function fit the ring of 64 bits.
inline constexpr int kMostNormalisedBits = 32;

}  // namespace crypten
