// ArithmeticShared: one party's additive share of a tensor over Z/2^64, with the opening that the tensor may already carry.
// Offers only what is local: share ± share, share · public constant, views. share · share needs a protocol (mpc/protocol/multiply),
// share + public needs to know the rank (Party::public_share).
#pragma once

#include <type_traits>

#include "mpc/sharing/masked.h"

namespace crypten {

class ArithmeticShared {
 public:
  ArithmeticShared() = default;
  explicit ArithmeticShared(RingTensor share, MaskedPtr masked = nullptr);

  bool defined() const;
  // The words. Of a static share that was given up (as_static) they are made from its opening when they are asked for, and kept then; a
  // reference to them that was taken before the opening does not outlive it.
  const RingTensor& share() const;
  at::IntArrayRef sizes() const;
  int64_t numel() const;
  int64_t dim() const { return static_cast<int64_t>(sizes().size()); }
  at::Device device() const;

  // The cached opening (open or reserved), or null. Shared by copies: an opening made through one copy serves all. Views of an unopened share that keep every element
  // (transpose, permute, reshape, expand), its negation, multiples and sums with public values open their root, so that a weight is opened once however it is used.
  MaskedPtr masked() const;
  bool opened() const;

  struct Cache;
  const std::shared_ptr<Cache>& cache() const { return cache_; }  // for mpc/protocol/open only

  // Views; the opening survives with them. `keeps_every_element`: each element of this share is in the view, maybe repeated.
  ArithmeticShared view(const View& view, bool keeps_every_element) const;
  // The same share on another device, whose opening is this one's: parties whose tensors lie on different devices open alike, and also where it is there already.
  ArithmeticShared to(at::Device device) const;

 private:
  friend struct LinearMaps;
  std::shared_ptr<Cache> cache_;
};

// Marks x and all its copies and later views as living as long as the session (a model's weights): its opening takes its mask from the
// session's own stream even inside a plan's call, so that it need not be opened again in the next call. Once it is open, the words of a
// share of kFewestGivenUp elements or more are given up: the opening has a share of the same value (own_share, masked.h), so a weight is in
// memory as public value and share of its mask, and not a third time. Returns x.
inline constexpr int64_t kFewestGivenUp = int64_t{1} << 14;
ArithmeticShared as_static(const ArithmeticShared& x);

// Sums keep the opening when both operands carry one. When one does, with constant coefficients, opening the sum opens the other operand, not the sum
// (secrecy rule 3). Expressions of more than kMostTerms terms are dropped, so that requests stay small.
inline constexpr size_t kMostTerms = 6;
ArithmeticShared operator+(const ArithmeticShared& a, const ArithmeticShared& b);
ArithmeticShared operator-(const ArithmeticShared& a, const ArithmeticShared& b);
ArithmeticShared operator-(const ArithmeticShared& a);
ArithmeticShared operator*(const ArithmeticShared& a, int64_t factor);             // public program constant; the opening survives
ArithmeticShared operator*(const ArithmeticShared& a, const RingTensor& factor);   // public tensor; the opening dies

}  // namespace crypten
