// RingTensor: a public tensor over Z/2^64, kept in an int64 at::Tensor on any device. All arithmetic wraps mod 2^64.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace crypten {

class RingTensor {
 public:
  RingTensor() = default;
  explicit RingTensor(at::Tensor words);  // throws InvalidArgument unless int64
  static RingTensor zeros(at::IntArrayRef sizes, at::Device device = at::kCPU);
  static RingTensor empty(at::IntArrayRef sizes, at::Device device = at::kCPU);  // value-initialised only by its writer

  bool defined() const { return words_.defined(); }
  const at::Tensor& words() const { return words_; }
  at::IntArrayRef sizes() const { return words_.sizes(); }
  int64_t numel() const { return words_.numel(); }
  int64_t dim() const { return words_.dim(); }
  at::Device device() const { return words_.device(); }
  bool equal(const RingTensor& other) const;

 private:
  at::Tensor words_;
};

// Element-wise with torch's broadcasting.
RingTensor operator+(const RingTensor& a, const RingTensor& b);
RingTensor operator-(const RingTensor& a, const RingTensor& b);
RingTensor operator*(const RingTensor& a, const RingTensor& b);
RingTensor operator-(const RingTensor& a);
RingTensor operator*(const RingTensor& a, int64_t factor);
RingTensor shift_right_logical(const RingTensor& a, int bits);     // as uint64
RingTensor shift_right_arithmetic(const RingTensor& a, int bits);  // as int64
RingTensor low_bits(const RingTensor& a, int bits);                // a mod 2^bits, bits 1 … 64

}  // namespace crypten
