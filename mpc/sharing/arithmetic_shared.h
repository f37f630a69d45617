// ArithmeticShared: one party's additive share of a tensor over Z/2^64, with the opening that the tensor may already carry.
// Offers only what is local: share ± share, share · public constant, views. share · share needs a protocol (mpc/protocol/multiply),
// share + public needs to know the rank (Party::public_share).
#pragma once

#include "mpc/sharing/masked.h"

namespace crypten {

class ArithmeticShared {
 public:
  ArithmeticShared() = default;
  explicit ArithmeticShared(RingTensor share, MaskedPtr masked = nullptr);

  bool defined() const { return share_.defined(); }
  const RingTensor& share() const { return share_; }
  at::IntArrayRef sizes() const { return share_.sizes(); }
  int64_t numel() const { return share_.numel(); }
  int64_t dim() const { return share_.dim(); }
  at::Device device() const { return share_.device(); }

  // The cached opening, or null. Shared by copies: an opening made through one copy serves all. Views of an unopened share that keep every element
  // (transpose, permute, reshape, expand) open their root, so that a weight is opened once however it is viewed.
  MaskedPtr masked() const;
  bool opened() const;

  struct Cache;
  const std::shared_ptr<Cache>& cache() const { return cache_; }  // for mpc/protocol/open only

  // Views; the opening survives with them.
  ArithmeticShared view(const std::function<at::Tensor(const at::Tensor&)>& view, bool keeps_every_element) const;

 private:
  RingTensor share_;
  std::shared_ptr<Cache> cache_;
};

ArithmeticShared operator+(const ArithmeticShared& a, const ArithmeticShared& b);  // the opening survives when both carry one
ArithmeticShared operator-(const ArithmeticShared& a, const ArithmeticShared& b);
ArithmeticShared operator-(const ArithmeticShared& a);
ArithmeticShared operator*(const ArithmeticShared& a, int64_t factor);             // public program constant; the opening survives
ArithmeticShared operator*(const ArithmeticShared& a, const RingTensor& factor);   // public tensor; the opening dies

}  // namespace crypten
