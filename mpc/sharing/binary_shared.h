// BinaryShared: one party's XOR share of 64-bit words: the type CrypTen users know for bit operations.
#pragma once

#include "crypten_core/ring_tensor.h"

namespace crypten {

class BinaryShared {
 public:
  BinaryShared() = default;
  explicit BinaryShared(RingTensor share) : share_(std::move(share)) {}
  const RingTensor& share() const { return share_; }
  at::IntArrayRef sizes() const { return share_.sizes(); }

 private:
  RingTensor share_;
};
BinaryShared operator^(const BinaryShared& a, const BinaryShared& b);

}  // namespace crypten
