#include "crypten_core/kernels/power_sums.h"

#include <bit>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerPower = 1 << 12;

}  // namespace

power_lanes::Sums power_sums_of(const at::Tensor& opened, at::TensorList tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope,
                                int64_t groups) {
  const auto words = [](const at::Tensor& tensor) { return tensor.scalar_type() == at::kLong && tensor.is_contiguous(); };
  const bool power = std::has_single_bit(tables.size()) && tables.size() <= size_t{1} << power_lanes::kMostHighBits;
  const int high_bits = power ? std::countr_zero(tables.size()) : 0;
  bool fit = power && words(opened) && words(factors) && factors.dim() == 2 && factors.size(1) == 4 && groups >= 0 && low_bits >= 0 &&
             low_bits + high_bits <= 64 && low_bits < 64;
  for (const at::Tensor& table : tables) fit = fit && words(table) && table.numel() == opened.numel();
  if (!fit)
    throw InvalidArgument(142, "the operands of a sum of powers do not fit together", "power_sums",
                          "expected contiguous int64 tensors: opened, 2^h tables of its size, h up to 6, [factors, 4]", "pass what mpc/protocol/powers has");
  power_lanes::Sums sums{.opened = words_of(opened),
                         .tables = {},
                         .n = opened.numel(),
                         .factors = factors.const_data_ptr<int64_t>(),
                         .factor_count = factors.size(0),
                         .groups = groups,
                         .offset = static_cast<uint64_t>(offset),
                         .low_bits = static_cast<int>(low_bits),
                         .high_bits = high_bits,
                         .slope = slope};
  for (size_t u = 0; u < tables.size(); ++u) sums.tables[u] = words_of(tables[u]);
  return sums;
}

at::Tensor power_sums_cpu(const at::Tensor& opened, at::TensorList tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope,
                          int64_t groups) {
  const auto sums = power_sums_of(opened, tables, factors, offset, low_bits, slope, groups);
  auto result = empty_words({groups, opened.numel()});
  uint64_t* const out = mutable_words_of(result);
  parallel_for(sums.n, kElementsPerPower, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sums(i, out);
  });
  return result;
}

}  // namespace crypten
