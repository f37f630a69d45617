// BinaryShared: one party's XOR share of 64-bit words: the type CrypTen users know for bit operations.
// A bit plane of BitShared holds 64 elements in a word, so N shared words are a plane of 64·N shared bits: bit j of word i is element 64·i + j.
#pragma once

#include <vector>

#include "crypten_core/ring_tensor.h"
#include "mpc/sharing/bit_shared.h"

namespace crypten {

class BinaryShared {
 public:
  BinaryShared() = default;
  explicit BinaryShared(RingTensor share) : share_(std::move(share)) {}
  bool defined() const { return share_.defined(); }
  const RingTensor& share() const { return share_; }
  at::IntArrayRef sizes() const { return share_.sizes(); }
  int64_t numel() const { return share_.numel(); }

 private:
  RingTensor share_;
};
BinaryShared operator^(const BinaryShared& a, const BinaryShared& b);

BitShared bits_of(const BinaryShared& words);                             // shape [64·numel]
BinaryShared words_of(const BitShared& bits, const std::vector<int64_t>& sizes);  // throws InvalidArgument unless 64 bits for each word

}  // namespace crypten
