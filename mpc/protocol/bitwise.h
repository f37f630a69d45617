// Logic on shared bits: XOR is local; an AND of up to 8 bits takes one round. The same on the 64 bits of shared words.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// AND of k ≤ 8 bits, element by element: opens each masked, then a sum over subsets of public bits and dealt products of masks.
// 1 round, k/8 B an element, dealer (2^k − k − 1)/8 B; k = 1: the bit itself, nothing is sent. Opens: b XOR mask for each bit.
// Throws InvalidArgument: no bits, more than 8, different shapes.
BitShared bit_and(Party& party, std::span<const BitShared> factors);
// The same where the dealer is asked (at construction) before the bits are known: of 2 … 8 bits for each element of `sizes`. `planes`: own XOR shares, int64 [tiles, factors, 8].
class PendingAnd {
 public:
  PendingAnd(Party& party, int factors, std::vector<int64_t> sizes, at::Device device);
  BitShared run(Party& party, const at::Tensor& planes) const;  // once

 private:
  std::vector<int64_t> sizes_;
  int64_t count_;
  PartyRng::BitMask masks_;
  std::optional<Dealt> products_;
};
BitShared bit_or(Party& party, const BitShared& a, const BitShared& b);  // ¬(¬a ∧ ¬b): as an AND of two
BitShared bit_not(Party& party, const BitShared& a);                     // local

// On all bits of words. Cost for each word: 64 times that of a bit: AND and OR of two 1 round, 16 B, dealer 8 B.
BinaryShared bit_and(Party& party, const BinaryShared& a, const BinaryShared& b);
BinaryShared bit_or(Party& party, const BinaryShared& a, const BinaryShared& b);
BinaryShared bit_not(Party& party, const BinaryShared& a);
BinaryShared bit_xor(Party& party, const BinaryShared& a, const RingTensor& pattern);  // a public pattern; local

}  // namespace crypten
