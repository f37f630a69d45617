// BitShared: one party's XOR share of single bits, bit-sliced (tile layout of kernels/bit_slice.h, one plane), for a tensor of shape `sizes`.
// MaskedBits: such bits opened under a dealer-known mask: b = value XOR mask.
#pragma once

#include <vector>

#include "mpc/provider/requests.h"

namespace crypten {

class BitShared {
 public:
  BitShared() = default;
  BitShared(at::Tensor plane, std::vector<int64_t> sizes);  // plane: int64 [tiles, 1, 8]
  const at::Tensor& plane() const { return plane_; }
  at::IntArrayRef sizes() const { return sizes_; }
  int64_t numel() const;

 private:
  at::Tensor plane_;
  std::vector<int64_t> sizes_;
};
BitShared operator^(const BitShared& a, const BitShared& b);

struct MaskedBits {
  at::Tensor value;  // public plane, int64 [tiles, 1, 8]
  BitMaskRef mask;
  MaskExpression top_bit_of;       // where not empty, the mask is `mask` XOR msb(−λ) of this expression, or …
  int top_bit = 0;                 // … where not 0, that bit of −λ
  std::vector<int64_t> sizes;
  TermRef term() const;            // the mask as a dealer-known ring element
};
MaskedBits operator~(const MaskedBits& bits);  // flips the public part

}  // namespace crypten
