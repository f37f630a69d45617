// BinaryTensor: the user's private tensor of 64-bit integers, shared bit by bit (XOR shares): what CrypTen calls a BinarySharedTensor.
// Logic and shifts of whole words, sums modulo 2^64, comparisons of numbers with a sign (two's complement); results of comparisons are 0 and 1.
// Operands: two private tensors, or a private and a public one of whole numbers (int64, smaller types, booleans), equal on all parties.
// Shapes broadcast as in torch. Costs are for each element of the result; the cost table (docs/costs.md) has the words' rows.
// Opens: bits, each under its own mask bit.
// Throws InvalidArgument: 401 other party, 402 undefined, 410 shapes that do not broadcast, 439 a public operand or plaintext that is not of
// whole numbers. All before anything is sent, on all ranks alike (a plaintext: on its source rank).
#pragma once

#include "autograd/cryptensor.h"
#include "mpc/protocol/word_arithmetic.h"
#include "mpc/tensor/plain.h"

namespace crypten {

class BinaryTensor {
 public:
  BinaryTensor() = default;
  // `dithered`: the value depends on the rounding direction of a truncation; a reveal enters that in the ledger.
  BinaryTensor(std::shared_ptr<Party> party, BinaryShared share, bool dithered = false)
      : party_(std::move(party)), share_(std::move(share)), dithered_(dithered) {}

  bool defined() const { return share_.defined(); }
  const std::shared_ptr<Party>& party() const { return party_; }
  const BinaryShared& share() const { return share_; }
  bool dithered() const { return dithered_; }
  at::IntArrayRef sizes() const { return share_.sizes(); }
  int64_t dim() const { return static_cast<int64_t>(share_.sizes().size()); }
  int64_t numel() const { return share_.numel(); }
  at::Device device() const { return share_.share().device(); }
  BinaryTensor to(at::Device device) const;  // on all ranks, each with a device of its own; local

  // int64, for all ranks, or for `dst` alone (undefined elsewhere). 1 round, 8 B an element. Opens: the value. Throws InvalidArgument (406).
  at::Tensor get_plain_text(std::optional<int> dst = std::nullopt) const;

 private:
  std::shared_ptr<Party> party_;
  BinaryShared share_;
  bool dithered_ = false;
};

// Shares rank src's whole numbers. The other ranks pass sizes, or any tensor of the same shape, which is not read. 0 rounds, 0 B. Opens nothing.
// Throws InvalidArgument: 406 src out of range, 407 and 408 value missing or of another shape on src, 421 neither value nor sizes,
// 426 negative sizes, 439 on src.
BinaryTensor binary_tensor(std::shared_ptr<Party> party, const at::Tensor& integers, int src = 0, std::optional<at::IntArrayRef> sizes = std::nullopt);

// ⌊x⌋ of private reals, exact. 3 rounds (2 if x is open), ≤ 20 B (≤ 12 B), dealer ≤ 91 B.
BinaryTensor binary(const CrypTensor& x);
// The numbers as a CrypTensor without fractional bits; |a| < 2^46 to compute with reals of 16 fractional bits.
// Of fewer `bits` the low ones, without a sign.
// 1 round, bits/8 B, dealer 260 B (1 bit: 8 B, 16 bits: 120 B). Throws InvalidArgument (300): bits outside 1 … 64.
CrypTensor arithmetic(const BinaryTensor& a, int bits = 64);

// One side of an operation: private or public.
class BinaryOperand {
 public:
  BinaryOperand(const BinaryTensor& words) : words_(words) {}  // NOLINT: implicit on purpose
  BinaryOperand(const Plain& plain) : plain_(plain) {}              // NOLINT
  BinaryOperand(const at::Tensor& tensor) : plain_(Plain(tensor)) {}  // NOLINT
  BinaryOperand(std::integral auto number) : plain_(Plain(number)) {}  // NOLINT
  bool is_public() const { return plain_.has_value(); }
  const BinaryTensor& words() const { return words_; }
  const Plain& plain() const { return *plain_; }

 private:
  BinaryTensor words_;
  std::optional<Plain> plain_;
};

// Local.
BinaryTensor operator~(const BinaryTensor& a);
BinaryTensor operator^(const BinaryTensor& a, const BinaryOperand& b);
// By a public number of bits. Throw InvalidArgument (300): outside 0 … 63.
BinaryTensor operator<<(const BinaryTensor& a, int bits);
BinaryTensor operator>>(const BinaryTensor& a, int bits);  // copies of the sign come in
BinaryTensor shift_right_logical(const BinaryTensor& a, int bits);  // zeros come in
BinaryTensor rotate_left(const BinaryTensor& a, int bits);
// With a public operand local; else 1 round, 16 B, dealer 8 B.
BinaryTensor operator&(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor operator|(const BinaryTensor& a, const BinaryOperand& b);
// 3 rounds, ≤ 28 B, dealer ≤ 134 B.
BinaryTensor operator+(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor operator-(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor operator-(const Plain& a, const BinaryTensor& b);
BinaryTensor operator-(const BinaryTensor& a);
// 3 rounds, ≤ 21 B, dealer ≤ 86 B; eq and ne 2 rounds, 9 B, ≤ 278 B.
BinaryTensor lt(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor le(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor gt(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor ge(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor eq(const BinaryTensor& a, const BinaryOperand& b);
BinaryTensor ne(const BinaryTensor& a, const BinaryOperand& b);
// a where the lowest bit of the condition is 1, else b. 1 round, 16 B, dealer 8 B.
BinaryTensor where(const BinaryTensor& condition, const BinaryTensor& a, const BinaryTensor& b);

// Local; as in torch, whose refusals are IndexError (412, 414) or InvalidArgument (435).
BinaryTensor reshape(const BinaryTensor& a, at::IntArrayRef sizes);
BinaryTensor permute(const BinaryTensor& a, at::IntArrayRef dims);
BinaryTensor unsqueeze(const BinaryTensor& a, int64_t dim);
BinaryTensor select(const BinaryTensor& a, int64_t dim, int64_t index);
BinaryTensor slice(const BinaryTensor& a, int64_t dim, int64_t start, int64_t end, int64_t step);
BinaryTensor index_select(const BinaryTensor& a, int64_t dim, const at::Tensor& index);
BinaryTensor stack(const std::vector<BinaryTensor>& tensors, int64_t dim);
BinaryTensor cat(const std::vector<BinaryTensor>& tensors, int64_t dim);

}  // namespace crypten
