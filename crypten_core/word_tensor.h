// Tensors of words without torch's dispatcher, where they lie on the CPU: its way to a kernel takes about a microsecond, which is more than
// a small tensor's arithmetic. What these functions do not know (other devices, strides, broadcasting) they leave to torch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

at::Tensor empty_words(at::IntArrayRef sizes, at::Device device = at::kCPU);  // int64, contiguous; to be written
at::Tensor zero_words(at::IntArrayRef sizes, at::Device device = at::kCPU);

// Views, as torch's narrow(dim, first, count) and select(0, index).
at::Tensor narrow_words(const at::Tensor& words, int64_t dim, int64_t first, int64_t count);
at::Tensor part_of(const at::Tensor& words, int64_t index);

// As torch's expand(sizes), and its contiguous().
at::Tensor expanded_words(const at::Tensor& words, at::IntArrayRef sizes);
at::Tensor dense_words(const at::Tensor& words);

// Element by element, mod 2^64, with torch's broadcasting.
at::Tensor sum_of(const at::Tensor& a, const at::Tensor& b);
at::Tensor difference_of(const at::Tensor& a, const at::Tensor& b);
at::Tensor product_of(const at::Tensor& a, const at::Tensor& b);
at::Tensor exclusive_or_of(const at::Tensor& a, const at::Tensor& b);
at::Tensor sum_with_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c);   // a + b·c
at::Tensor bits_of_words(const at::Tensor& words, int first, int count);                      // (words >> first) mod 2^count, logical
at::Tensor linear_of(const at::Tensor& words, int64_t factor, int64_t addend);                // factor · words + addend

}  // namespace crypten
