#include "crypten_core/word_tensor.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/as_strided_native.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

constexpr int64_t kWordsPerThread = 1 << 16;
constexpr int64_t kBlock = 1024;  // words: stays in the first-level cache while it is combined

using Combine = void (*)(uint64_t* a, const uint64_t* b, size_t count);

bool is_plain(const at::Tensor& words) { return words.defined() && words.scalar_type() == at::kLong && words.device().is_cpu() && words.is_contiguous(); }

// Calls body(first, count) for blocks, on several threads.
template <class Body>
void for_blocks(int64_t words, Body body) {
  parallel_for(words, kWordsPerThread, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kBlock) body(begin, std::min(kBlock, end - begin));
  });
}

at::Tensor combined(Combine combine, const at::Tensor& a, const at::Tensor& b) {
  auto result = empty_words(a.sizes());
  const uint64_t *const x = words_of(a), *const y = words_of(b);
  uint64_t* const out = mutable_words_of(result);
  for_blocks(result.numel(), [=](int64_t first, int64_t count) {
    std::copy_n(x + first, count, out + first);
    combine(out + first, y + first, static_cast<size_t>(count));
  });
  return result;
}

// a times the one word of `factor`.
at::Tensor scaled(const at::Tensor& a, const at::Tensor& factor) {
  auto result = empty_words(a.sizes());
  const uint64_t* const x = words_of(a);
  const uint64_t word = *words_of(factor);
  uint64_t* const out = mutable_words_of(result);
  const auto multiply = kWordRuns[kernel_path()]->multiply;
  for_blocks(result.numel(), [=](int64_t first, int64_t count) {
    std::fill_n(out + first, count, word);
    multiply(out + first, x + first, static_cast<size_t>(count));
  });
  return result;
}

bool alike(const at::Tensor& a, const at::Tensor& b) { return is_plain(a) && is_plain(b) && a.sizes() == b.sizes(); }
bool is_word(const at::Tensor& factor) { return is_plain(factor) && factor.dim() == 0; }

}  // namespace

at::Tensor empty_words(at::IntArrayRef sizes, at::Device device) {
  if (!device.is_cpu()) return at::empty(sizes, at::TensorOptions().dtype(at::kLong).device(device));
  return at::detail::empty_cpu(sizes, at::kLong);
}

at::Tensor zero_words(at::IntArrayRef sizes, at::Device device) {
  if (!device.is_cpu()) return at::zeros(sizes, at::TensorOptions().dtype(at::kLong).device(device));
  auto words = empty_words(sizes);
  if (words.nbytes() > 0) std::memset(words.mutable_data_ptr(), 0, words.nbytes());
  return words;
}

at::Tensor narrow_words(const at::Tensor& words, int64_t dim, int64_t first, int64_t count) {
  if (!words.device().is_cpu() || dim < 0 || dim >= words.dim() || first < 0 || count < 0 || first + count > words.size(dim))
    return words.narrow(dim, first, count);
  c10::DimVector sizes(words.sizes());
  sizes[static_cast<size_t>(dim)] = count;
  return at::native::as_strided_tensorimpl(words, sizes, words.strides(), words.storage_offset() + first * words.stride(dim));
}

at::Tensor part_of(const at::Tensor& words, int64_t index) {
  if (!words.device().is_cpu() || words.dim() == 0 || index < 0 || index >= words.size(0)) return words.select(0, index);
  return at::native::as_strided_tensorimpl(words, words.sizes().slice(1), words.strides().slice(1), words.storage_offset() + index * words.stride(0));
}

at::Tensor sum_of(const at::Tensor& a, const at::Tensor& b) { return alike(a, b) ? combined(kWordRuns[kernel_path()]->add, a, b) : at::add(a, b); }
at::Tensor difference_of(const at::Tensor& a, const at::Tensor& b) { return alike(a, b) ? combined(kWordRuns[kernel_path()]->subtract, a, b) : at::sub(a, b); }
at::Tensor exclusive_or_of(const at::Tensor& a, const at::Tensor& b) {
  return alike(a, b) ? combined(kWordRuns[kernel_path()]->exclusive_or, a, b) : at::bitwise_xor(a, b);
}

at::Tensor product_of(const at::Tensor& a, const at::Tensor& b) {
  if (alike(a, b)) return combined(kWordRuns[kernel_path()]->multiply, a, b);
  if (is_plain(a) && is_word(b)) return scaled(a, b);
  if (is_word(a) && is_plain(b)) return scaled(b, a);
  return at::mul(a, b);
}

}  // namespace crypten
