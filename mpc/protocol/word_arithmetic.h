// Shared words (XOR shares of 64 bits): moving bits, which is local; sums, differences, comparisons; a ring element as a word.
// Words are of the ring's bits: 64, fewer in a small ring, where higher bits are dropped. A parallel prefix adder with few rounds (mpc/provider/word_plan.h).
#pragma once

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// Local. Throw InvalidArgument: a number of bits outside 0 … 63.
BinaryShared shift_left(const BinaryShared& a, int bits);
BinaryShared shift_right(const BinaryShared& a, int bits);             // zeros come in
BinaryShared shift_right_arithmetic(const BinaryShared& a, int bits);  // copies of the top bit come in
BinaryShared rotate_left(const BinaryShared& a, int bits);             // of all 64 bits
// Bit `bit` of each word, in the words' shape; and words of one bit each, at that place. Local.
BitShared bit_of(const BinaryShared& words, int bit);
BinaryShared word_of(const BitShared& bits, int bit);

// Modulo 2^64. 3 rounds, ≤ 28 B, dealer ≤ 134 B a word. Opens: the bits of both XOR masks, then carries of chunks and of groups of chunks, each bit under a mask bit of its own.
// Throw InvalidArgument: different shapes.
BinaryShared add(Party& party, const BinaryShared& a, const BinaryShared& b);
BinaryShared subtract(Party& party, const BinaryShared& a, const BinaryShared& b);  // ¬(¬a + b)

// a < b, of numbers with a sign (two's complement) or without: the carry out of ¬a + b, exact for all words. 3 rounds, ≤ 21 B, dealer ≤ 86 B. Opens: as add().
BitShared less(Party& party, const BinaryShared& a, const BinaryShared& b);
BitShared less_unsigned(Party& party, const BinaryShared& a, const BinaryShared& b);
// a = b: the AND of 64 bits, 8 at once. 2 rounds, 9 B, dealer ≤ 278 B; in a ring of fewer than 9 bits 1 round.
BitShared equal(Party& party, const BinaryShared& a, const BinaryShared& b);

// The bits of a ring element x, as a word: X + λ of its opening. 3 rounds (2 if x is open), ≤ 20 B (≤ 12 B), dealer ≤ 91 B. Opens: x − λ, then bits as add().
BinaryShared to_binary(Party& party, const ArithmeticShared& x);

}  // namespace crypten
