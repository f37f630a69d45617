// Conversions between shared bits, masked bits, and shared ring elements.
#pragma once

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// Opens bits under fresh mask bits, for selections and ring elements. 1 round, 1/8 B an element, dealer 0 B. Opens: b XOR mask.
MaskedBits open_masked(Party& party, const BitShared& bits);
// XOR shares of masked bits: the lowest bits of additive shares of the mask. 0 rounds, 0 B, dealer 1 B an element.
BitShared to_bits(Party& party, const MaskedBits& bits);

// Shared bits as ring elements 0 and 1. 1 round, 1/8 B an element, dealer 8 B. Opens: b XOR mask. The result is masked-open.
ArithmeticShared to_arithmetic(Party& party, const BitShared& bits);
// Shared words as ring elements: Σ_j 2^j·[bit j], each bit opened under its own mask, with the masks dealt modulo 2^(64 − j).
// 1 round, 8 B an element, dealer 260 B (in a ring of k < 64 bits, its low k bits: k/8 B). Opens: word XOR masks.
ArithmeticShared to_arithmetic(Party& party, const BinaryShared& words);
// The same of the low `bits` bits only: bits/8 B an element, dealer Σ_{j < bits} ⌈(64 − j)/8⌉ B (16 bits: 120 B).
// Throws InvalidArgument: bits outside 1 … the ring's.
ArithmeticShared to_arithmetic(Party& party, const BinaryShared& words, int bits);

}  // namespace crypten
