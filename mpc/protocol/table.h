// Tables looked up at private places: the place is opened under a mask, and a one-hot vector of the mask's bits, dealt in shares, is read from there.
#pragma once

#include "mpc/party.h"
#include "mpc/provider/request_limits.h"

namespace crypten {

inline constexpr int64_t kMostTableEntries = int64_t{1} << kMaxTableBits;

// The place is ⌊x / 2^first_bit⌋ modulo 2^bits, for x a multiple of 2^first_bit; bits 1 … 8 (for more than one entry: ⌈log2 entries⌉).
// [place = u] for u < 2^bits as ring elements, along a new last dimension. 1 round, (bits + first_bit)/8 B an element, dealer 8·(2^bits − 1) B.
// Opens: x − λ modulo 2^(first_bit + bits). Throws InvalidArgument: bits or first_bit out of range.
ArithmeticShared one_hot(Party& party, const ArithmeticShared& x, int first_bit, int bits);

// The same where the dealer is asked (at construction) before the places are known. The vectors lie along a new dimension `dim`, of their first `entries` entries.
class PendingOneHot {
 public:
  PendingOneHot(Party& party, at::IntArrayRef sizes, at::Device device, int first_bit, int bits);
  ArithmeticShared read(Party& party, const ArithmeticShared& x, int64_t dim, int64_t entries) const;  // once; x of those sizes

 private:
  int first_bit_;
  MaskedPtr opening_;
  Dealt dealt_;
};

// table[place], for a public table of 1 … 256 entries or rows (its first dimension); places beyond it give 0. In the shape of x and then of a row. Cost and openings as one_hot(): what
// follows is local. Throws InvalidArgument: a table without dimension, or of another number of entries.
ArithmeticShared look_up(Party& party, const RingTensor& table, const ArithmeticShared& x, int first_bit);
// The same for a private table: a product of the one-hot vectors with it: 1 round more, and 8 B for each entry of these and of the table; dealer 8 B more for each result.
ArithmeticShared look_up(Party& party, const ArithmeticShared& table, const ArithmeticShared& x, int first_bit);

}  // namespace crypten
