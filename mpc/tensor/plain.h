// Plain: a public operand: a tensor or a number, equal on all parties. How it is encoded decides the scale of a sum or product.
//
// A number is a constant of the program: its size may choose the scale (which parties and dealer see), so 1/3 keeps precision_bits significant bits however small it is.
// A tensor is a run-time value, perhaps one that was just revealed: its scale follows from its dtype alone, and no coefficient of it ever reaches the dealer.
#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>

#include "crypten_core/ring_tensor.h"

namespace crypten {

struct Encoded {
  RingTensor words;
  int fraction_bits = 0;
  int bits = 64;  // in which all the words are signed numbers
};

class Plain {
 public:
  Plain(const at::Tensor& tensor);  // NOLINT: implicit on purpose. Throws InvalidArgument: undefined
  Plain(double number);             // NOLINT
  template <std::integral Integer>
  Plain(Integer number) : Plain(static_cast<int64_t>(number), 0) {}  // NOLINT

  const at::Tensor& tensor() const { return tensor_; }
  at::IntArrayRef sizes() const { return tensor_.sizes(); }
  bool is_number() const { return is_number_; }
  Plain operator-() const;
  // 1 / this: exact in double, then encoded as any real. Throws InvalidArgument (413) where an element is zero.
  Plain reciprocal() const;

  // Fractional bits that a sum with this needs: 0 for integers, the fewest that are exact for a number (at most precision_bits), else precision_bits.
  int addend_bits(int precision_bits) const;
  // As a factor: integers with 0 bits; a real tensor with precision_bits (error of half a unit); a number with the fewest bits that are exact,
  // or with so many that its relative error is at most 2^-(precision_bits + 1). At most `most_bits`. Encoded where the tensor lies, and then moved.
  Encoded factor(int precision_bits, int most_bits, at::Device device) const;
  RingTensor encoded(int fraction_bits, at::Device device) const;

 private:
  Plain(int64_t number, int);
  bool is_integral() const;

  at::Tensor tensor_;
  bool is_number_ = false;
  double number_ = 0;  // where it is one
};

}  // namespace crypten
