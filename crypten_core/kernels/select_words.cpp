#include "crypten_core/kernels/select_words.h"

#include <algorithm>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_lanes.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerSelection = 64;

void check(bool holds, const std::string& why) {
  if (!holds) {
    throw InvalidArgument(160, "a selection of another form", "difference_or_second", why, "pass CPU int64 tensors of equal sizes and one bit plane for them");
  }
}

}  // namespace

at::Tensor difference_or_second(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b) {
  if (elsewhere(plane) || elsewhere(a) || elsewhere(b)) {
    on_cpu("difference_or_second", {plane, a, b});
    using Signature = at::Tensor(const at::Tensor&, bool, const at::Tensor&, const at::Tensor&);
    return registered<Signature>("difference_or_second", a).call(plane, inverted, a, b);
  }
  for (const auto* tensor : {&plane, &a, &b}) {
    check(tensor->defined() && tensor->scalar_type() == at::kLong && tensor->device().is_cpu(), "expected int64 tensors on the CPU");
  }
  check(a.sizes() == b.sizes(), "two tensors of different sizes");
  const int64_t n = a.numel(), tiles = tile_count(n);
  check(plane.sizes() == at::IntArrayRef({tiles, 1, kTileWords}), "the plane is not for " + std::to_string(n) + " elements");
  const auto bits = plane.contiguous(), first = a.contiguous(), second = b.contiguous();
  auto result = empty_words(a.sizes());
  const auto* bit_words = reinterpret_cast<const uint64_t*>(bits.const_data_ptr<int64_t>());
  const auto* x = reinterpret_cast<const uint64_t*>(first.const_data_ptr<int64_t>());
  const auto* y = reinterpret_cast<const uint64_t*>(second.const_data_ptr<int64_t>());
  auto* out = reinterpret_cast<uint64_t*>(result.mutable_data_ptr<int64_t>());
  const uint64_t flip = inverted ? ~uint64_t{0} : 0;
  const auto choose64 = kChosenWords[kernel_path()]->difference_or_second;
  parallel_for(tiles, kTilesPerSelection, [=](int64_t begin, int64_t end) {
    for (int64_t w = begin * kTileWords; w < end * kTileWords && w * 64 < n; ++w) {
      const int64_t base = 64 * w;
      if (base + 64 <= n) {
        choose64(bit_words[w] ^ flip, x + base, y + base, out + base);
        continue;
      }
      for (int64_t i = base; i < n; ++i) out[i] = bit_lanes::DifferenceOrSecond{flip}(bit_words[w], static_cast<int>(i - base), x[i], y[i]);
    }
  });
  return result;
}

void add_or_complement(at::Tensor& sum, const at::Tensor& plane, const at::Tensor& a, bool holds_one) {
  if (elsewhere(plane) || elsewhere(a) || elsewhere(sum)) {
    on_cpu("add_or_complement", {sum, plane, a});
    registered<void(at::Tensor&, const at::Tensor&, const at::Tensor&, bool)>("add_or_complement", a).call(sum, plane, a, holds_one);
    return;
  }
  for (const auto* tensor : {&plane, &a, const_cast<const at::Tensor*>(&sum)}) {
    check(tensor->defined() && tensor->scalar_type() == at::kLong && tensor->device().is_cpu(), "expected int64 tensors on the CPU");
  }
  const int64_t n = sum.numel();
  check(sum.is_contiguous() && a.numel() == n, "two tensors of different sizes, or a sum that is not contiguous");
  check(plane.sizes() == at::IntArrayRef({tile_count(n), 1, kTileWords}), "the plane is not for " + std::to_string(n) + " elements");
  const auto bits = plane.contiguous(), shares = a.contiguous();
  const auto* bit_words = reinterpret_cast<const uint64_t*>(bits.const_data_ptr<int64_t>());
  const auto* from = reinterpret_cast<const uint64_t*>(shares.const_data_ptr<int64_t>());
  auto* to = reinterpret_cast<uint64_t*>(sum.mutable_data_ptr<int64_t>());
  const auto add64 = kChosenWords[kernel_path()]->add_or_complement;
  const uint64_t one = holds_one ? 1 : 0;
  parallel_for(tile_count(n), kTilesPerSelection, [=](int64_t begin, int64_t end) {
    for (int64_t w = begin * kTileWords; w < end * kTileWords && w * 64 < n; ++w) {
      if (64 * w + 64 <= n) {
        add64(bit_words[w], from + 64 * w, one, to + 64 * w);
        continue;
      }
      for (int64_t i = 64 * w; i < n; ++i) to[i] = bit_lanes::AddOrComplement{one}(bit_words[w], static_cast<int>(i % 64), from[i], to[i]);
    }
  });
}

}  // namespace crypten
