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

// Views are made without asking a device: on the CPU, and of tensors that have no memory, by which descriptors of masks are viewed.
bool has_no_dispatch(const at::Tensor& words) { return words.device().is_cpu() || words.is_meta(); }
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
  if (!has_no_dispatch(words) || dim < 0 || dim >= words.dim() || first < 0 || count < 0 || first + count > words.size(dim))
    return words.narrow(dim, first, count);
  c10::DimVector sizes(words.sizes());
  sizes[static_cast<size_t>(dim)] = count;
  return at::native::as_strided_tensorimpl(words, sizes, words.strides(), words.storage_offset() + first * words.stride(dim));
}

at::Tensor part_of(const at::Tensor& words, int64_t index) {
  if (!words.device().is_cpu() || words.dim() == 0 || index < 0 || index >= words.size(0)) return words.select(0, index);
  return at::native::as_strided_tensorimpl(words, words.sizes().slice(1), words.strides().slice(1), words.storage_offset() + index * words.stride(0));
}

at::Tensor expanded_words(const at::Tensor& words, at::IntArrayRef sizes) {
  if (words.sizes() == sizes) return words;
  const auto lead = static_cast<int64_t>(sizes.size()) - words.dim();
  if (!words.device().is_cpu() || lead < 0) return words.expand(sizes);
  c10::DimVector strides(sizes.size(), 0);
  for (int64_t d = 0; d < words.dim(); ++d) {
    const auto wide = static_cast<size_t>(lead + d);
    if (words.size(d) == sizes[wide]) strides[wide] = words.stride(d);
    else if (words.size(d) != 1) return words.expand(sizes);
  }
  return at::native::as_strided_tensorimpl(words, sizes, strides, words.storage_offset());
}

at::Tensor dense_words(const at::Tensor& words) {
  if (words.is_contiguous()) return words;
  if (words.scalar_type() != at::kLong || !words.device().is_cpu() || words.numel() >= kWordsPerThread) return words.contiguous();
  auto result = empty_words(words.sizes());
  const uint64_t* from = words_of(words);
  uint64_t* to = mutable_words_of(result);
  const auto last = static_cast<size_t>(words.dim() - 1);  // a number is contiguous
  c10::DimVector at(words.dim(), 0);
  for (const int64_t run = words.size(words.dim() - 1), stride = words.stride(words.dim() - 1);;) {
    for (int64_t i = 0; i < run; ++i) *to++ = from[i * stride];
    size_t d = last;
    for (;; --d) {  // the next run: the innermost dimension that has one more
      if (d == 0) return result;
      from += words.stride(static_cast<int64_t>(d) - 1);
      if (++at[d - 1] < words.size(static_cast<int64_t>(d) - 1)) break;
      from -= at[d - 1] * words.stride(static_cast<int64_t>(d) - 1);
      at[d - 1] = 0;
    }
  }
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

at::Tensor sum_with_product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c) {
  if (!alike(a, b) || !alike(b, c)) return at::addcmul(a, b, c);
  auto result = empty_words(a.sizes());
  const uint64_t *const x = words_of(a), *const y = words_of(b), *const z = words_of(c);
  uint64_t* const out = mutable_words_of(result);
  const auto& runs = *kWordRuns[kernel_path()];
  for_blocks(result.numel(), [&, x, y, z, out](int64_t first, int64_t count) {
    std::copy_n(y + first, count, out + first);
    runs.multiply(out + first, z + first, static_cast<size_t>(count));
    runs.add(out + first, x + first, static_cast<size_t>(count));
  });
  return result;
}

at::Tensor bits_of_words(const at::Tensor& words, int first, int count) {
  const uint64_t mask = count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  if (!is_plain(words)) {
    const auto low = static_cast<int64_t>(mask);
    return first == 0 ? at::bitwise_and(words, low) : at::bitwise_right_shift(words, first).bitwise_and_(low);
  }
  auto result = empty_words(words.sizes());
  const uint64_t* const x = words_of(words);
  uint64_t* const out = mutable_words_of(result);
  for_blocks(result.numel(), [=](int64_t begin, int64_t length) {
    for (int64_t i = begin; i < begin + length; ++i) out[i] = x[i] >> first & mask;
  });
  return result;
}

at::Tensor linear_of(const at::Tensor& words, int64_t factor, int64_t addend) {
  if (!is_plain(words)) {
    const auto scaled = factor == 1 ? words : factor == -1 ? at::neg(words) : at::mul(words, factor);
    return addend == 0 ? scaled : at::add(scaled, addend);
  }
  auto result = empty_words(words.sizes());
  const uint64_t* const x = words_of(words);
  uint64_t* const out = mutable_words_of(result);
  for_blocks(result.numel(), [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) out[i] = static_cast<uint64_t>(factor) * x[i] + static_cast<uint64_t>(addend);
  });
  return result;
}

}  // namespace crypten
