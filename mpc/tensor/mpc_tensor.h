// MPCTensor: a private tensor of reals: a share, how many of its bits are fractional, and the party it belongs to.
//
// Scales. encrypt gives precision_bits fractional bits. A product of two has twice as many; it is brought back (one truncation) only when an operation needs it,
// so that a bias is added, a residual summed and a ReLU fused first, and a revealed product carries no truncation at all. The truncated form replaces the long one in every copy
// of the handle, and views take theirs from it: a tensor is truncated once (docs/security.md). Comparison results have 0 fractional bits.
// Range: |real · 2^fraction_bits| < 2^62; at 16 bits a product stays below 2^30.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "mpc/party.h"

namespace crypten {

class MPCTensor {
 public:
  MPCTensor() = default;
  // `dithered`: the value depends on the rounding direction of a truncation; a reveal enters that in the ledger.
  MPCTensor(std::shared_ptr<Party> party, ArithmeticShared share, int fraction_bits, bool dithered = false);

  // Encodes and shares `plaintext` of rank `src` (the other ranks pass an undefined tensor and the sizes). 0 rounds, 0 bytes. Opens: nothing.
  // Throws InvalidArgument: src out of range; value missing, of another shape, NaN, infinite or out of range on src.
  static MPCTensor encrypt(std::shared_ptr<Party> party, const at::Tensor& plaintext, at::IntArrayRef sizes, int src = 0,
                           std::optional<int> precision_bits = std::nullopt);

  bool defined() const { return value_ != nullptr; }
  bool same_handle(const MPCTensor& other) const { return value_ == other.value_; }
  const std::shared_ptr<Party>& party() const;
  const ArithmeticShared& share() const;   // at fraction_bits()
  int fraction_bits() const;
  bool dithered() const;
  at::IntArrayRef sizes() const;
  int64_t dim() const;
  int64_t numel() const;
  at::Device device() const;

  // Reveals to all ranks, or to one: the others get an undefined tensor. 1 round, 8 B an element. Opens: the value. float32; int64 where fraction_bits is 0.
  at::Tensor get_plain_text(std::optional<int> dst = std::nullopt, std::optional<at::ScalarType> dtype = std::nullopt) const;
  // As above, not decoded: words with at most precision_bits fractional bits (a pending product is truncated first: 1 round more).
  RingTensor reveal(std::optional<int> dst = std::nullopt) const;

  // The share with at most `bits` fractional bits; truncates if there are more (1 round, 8 B, dealer 8 + shift/8 B), in all copies of this handle.
  const ArithmeticShared& at_most(int bits) const;
  // With exactly `bits` ≥ fraction_bits(): multiplied by a power of two, local.
  ArithmeticShared widened(int bits) const;

  // This tensor under a map that only selects, repeats or reorders elements (a view, a public index). While a truncation is pending, the result keeps to this
  // tensor: whichever of the two is truncated first, the other one takes its elements from there.
  using Rearrangement = std::function<ArithmeticShared(const ArithmeticShared&)>;
  MPCTensor rearranged(Rearrangement map) const;
  // The same tensor on another device of this party; what is open stays open. All ranks call it, each with a device of its own. 0 rounds, 0 B. Opens: nothing.
  MPCTensor to(at::Device device) const;

 private:
  struct Value;
  Value& value() const;
  std::shared_ptr<Value> value_;
};

// Throws InvalidArgument (code 401) unless both belong to the same party and session.
Party& same_party(const MPCTensor& a, const MPCTensor& b);

}  // namespace crypten
