// CrypTensor: the user's value type, over MPCTensor over shares; the handle that will carry gradients. Values are not mutated by operations.
// Names and semantics follow CrypTen and PyTorch; docs/migration.md lists each deliberate difference.
#pragma once

#include <optional>
#include <vector>

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

class CrypTensor {
 public:
  CrypTensor() = default;
  explicit CrypTensor(MPCTensor value) : value_(std::move(value)) {}

  const MPCTensor& value() const { return value_; }
  bool defined() const { return value_.defined(); }
  at::IntArrayRef sizes() const { return value_.sizes(); }
  int64_t size(int64_t dim) const;
  int64_t dim() const { return value_.dim(); }
  int64_t numel() const { return value_.numel(); }
  at::Device device() const { return value_.device(); }
  const std::shared_ptr<Party>& party() const { return value_.party(); }
  CrypTensor to(at::Device device) const { return CrypTensor(value_.to(device)); }  // on all ranks, each with a device of its own; local

  at::Tensor get_plain_text(std::optional<int> dst = std::nullopt) const { return value_.get_plain_text(dst); }
  RingTensor reveal(std::optional<int> dst = std::nullopt) const { return value_.reveal(dst); }

 private:
  MPCTensor value_;
};

// The factory: rank `src` passes the plaintext; the others pass an undefined tensor and the sizes, or any tensor of the same shape, which is not read.
CrypTensor cryptensor(std::shared_ptr<Party> party, const at::Tensor& plaintext, int src = 0, std::optional<at::IntArrayRef> sizes = std::nullopt);

// Marks x, its copies and later views as living as long as the session (a model's weights): opened once, even over the calls of a plan. Returns x.
CrypTensor as_static(const CrypTensor& x);

}  // namespace crypten
