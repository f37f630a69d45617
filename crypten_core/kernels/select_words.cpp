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
  auto result = at::empty(a.sizes(), a.options());
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

}  // namespace crypten
