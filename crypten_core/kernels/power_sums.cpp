#include "crypten_core/kernels/power_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/power_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerPower = 1 << 12;
constexpr int64_t kPowersAtOnce = 256;  // elements: their factors stay in the second-level cache
constexpr int kFewLowBits = 6;  // of low digits whose factors are computed once each

// Sums whose low digits have few values, as those of size classes: the factors of all of them, in the same words as an element's own would be.
class FewPowers {
 public:
  explicit FewPowers(const power_lanes::Sums& sums) : sums_(sums) {
    for (int64_t low = 0; low < int64_t{1} << sums.low_bits; ++low) {
      const PowerOfTwo power = power_of_two(sums.slope * low);
      for (int64_t f = 0; f < sums.factor_count; ++f) factors_.push_back(rounded_product(power, {static_cast<uint64_t>(number(f)[2]), static_cast<int>(number(f)[3])}));
    }
  }

  void operator()(int64_t i, uint64_t* results) const {
    const uint64_t word = sums_.opened[i] + sums_.offset, high = word >> sums_.low_bits, last = (uint64_t{1} << sums_.high_bits) - 1;
    const uint64_t* const factors = factors_.data() + static_cast<int64_t>(word & ((uint64_t{1} << sums_.low_bits) - 1)) * sums_.factor_count;
    int64_t f = 0;
    for (int64_t group = 0; group < sums_.groups; ++group) {
      uint64_t sum = 0;
      for (; f < sums_.factor_count && number(f)[0] == group; ++f) sum += sums_.tables[(high - static_cast<uint64_t>(number(f)[1])) & last][i] * factors[f];
      results[group * sums_.n + i] = sum;
    }
  }

 private:
  const int64_t* number(int64_t factor) const { return sums_.factors + 4 * factor; }

  const power_lanes::Sums& sums_;
  std::vector<uint64_t> factors_;  // by low digit
};

void sums_of_few_powers(const power_lanes::Sums& sums, uint64_t* out) {
  const FewPowers sum(sums);
  parallel_for(sums.n, kElementsPerPower, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum(i, out);
  });
}

// The factors of a block of elements, a run for each, and then their sums: in the same words as an element after the other.
void sums_of_many_powers(const power_lanes::Sums& sums, uint64_t* out) {
  const PowerRuns& runs = *kPowerRuns[kernel_path()];
  const uint64_t last_low = (uint64_t{1} << sums.low_bits) - 1, last_high = (uint64_t{1} << sums.high_bits) - 1;
  parallel_for(sums.n, kElementsPerPower, [&](int64_t begin, int64_t end) {
    std::array<int64_t, kPowersAtOnce> exponents, wholes;
    std::array<uint64_t, kPowersAtOnce> mantissas;
    const PowerRun low{mantissas.data(), wholes.data()};
    std::vector<uint64_t> factors(static_cast<size_t>(sums.factor_count * kPowersAtOnce));
    for (int64_t first = begin; first < end; first += kPowersAtOnce) {
      const auto size = static_cast<size_t>(std::min(kPowersAtOnce, end - first));
      for (size_t i = 0; i < size; ++i) exponents[i] = sums.slope * static_cast<int64_t>((sums.opened[first + static_cast<int64_t>(i)] + sums.offset) & last_low);
      runs.powers(exponents.data(), low, size);
      for (int64_t f = 0; f < sums.factor_count; ++f) {
        const int64_t* const number = sums.factors + 4 * f;
        runs.rounded_products(low, {static_cast<uint64_t>(number[2]), static_cast<int>(number[3])}, factors.data() + f * kPowersAtOnce, size);
      }
      int64_t f = 0;
      for (int64_t group = 0; group < sums.groups; ++group) {
        uint64_t* const sum = out + group * sums.n + first;
        std::fill_n(sum, size, 0);
        for (; f < sums.factor_count && sums.factors[4 * f] == group; ++f) {
          const uint64_t *const factor = factors.data() + f * kPowersAtOnce, digit = static_cast<uint64_t>(sums.factors[4 * f + 1]);
          for (size_t i = 0; i < size; ++i) {
            const int64_t at = first + static_cast<int64_t>(i);
            sum[i] += sums.tables[(((sums.opened[at] + sums.offset) >> sums.low_bits) - digit) & last_high][at] * factor[i];
          }
        }
      }
    }
  });
}

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
  if (low_bits <= kFewLowBits && sums.n >> low_bits > 1) sums_of_few_powers(sums, out);
  else sums_of_many_powers(sums, out);
  return result;
}

}  // namespace crypten
