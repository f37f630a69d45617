#include "crypten_core/kernels/series_sum.h"

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/series_lanes.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerSeries = 1 << 11;

}  // namespace

void check_series(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down) {
  const auto words = [](const at::Tensor& tensor) { return tensor.scalar_type() == at::kLong && tensor.is_contiguous(); };
  const bool fit =
      words(angles) && words(shares) && words(terms) && terms.dim() == 2 && terms.size(0) == 3 && shares.numel() == 2 * terms.size(1) * angles.numel();
  if (fit && up >= 0 && up < 32 && down >= 1 && down < 63) return;
  throw InvalidArgument(142, "the operands of a series do not fit together", "series_sum",
                        "expected contiguous int64 tensors: angles, a cosine and a sine share of each harmonic, [3, harmonics]",
                        "pass what mpc/protocol/series has");
}

at::Tensor series_sum_cpu(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down, int64_t constant) {
  check_series(angles, shares, terms, up, down);
  auto result = empty_words(angles.sizes());
  uint64_t* const out = mutable_words_of(result);
  const series_lanes::Sum sum{words_of(angles), words_of(shares),     angles.numel(),         terms.const_data_ptr<int64_t>(),
                              terms.size(1),    static_cast<int>(up), static_cast<int>(down), static_cast<uint64_t>(constant)};
  parallel_for(angles.numel(), kElementsPerSeries, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = sum(i);
  });
  return result;
}

}  // namespace crypten
