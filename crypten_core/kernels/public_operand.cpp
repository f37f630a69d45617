#include "crypten_core/kernels/public_operand.h"

#include <algorithm>
#include <bit>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/operands.h"

namespace crypten {

PublicOperand exchanged(PublicOperand known) {
  if (known == PublicOperand::none) return known;
  return known == PublicOperand::left ? PublicOperand::right : PublicOperand::left;
}

int signed_bits(const at::Tensor& words) {
  constexpr int64_t kPiece = 1 << 12;
  constexpr int kMost = 32;
  const at::Tensor dense = words.is_non_overlapping_and_dense() ? words : words.contiguous();
  const uint64_t* const from = words_of(dense);
  uint64_t seen = 0;  // every bit that differs from its word's sign
  for (int64_t i = 0; i < dense.numel() && static_cast<int>(std::bit_width(seen)) < kMost; i += kPiece) {
    for (int64_t j = i; j < std::min(dense.numel(), i + kPiece); ++j) seen |= from[j] ^ static_cast<uint64_t>(static_cast<int64_t>(from[j]) >> 63);
  }
  const int bits = static_cast<int>(std::bit_width(seen)) + 1;
  return bits <= kMost ? bits : 64;
}

const RingKernels& for_public(const RingKernels& kernels, PublicOperand known, const at::Tensor& a, const at::Tensor& b) {
  if (!kernels.digits || known == PublicOperand::none) return kernels;  // NOLINT(bugprone-return-const-ref-from-parameter): kernels are never temporaries
  return kernels.for_narrow(known == PublicOperand::left, signed_bits(known == PublicOperand::left ? a : b));
}

}  // namespace crypten
