#include "crypten_core/kernels/power_sums.h"

#include <bit>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerPower = 1 << 12;
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

template <class Sum>
void power_sums_by(const Sum& sum, int64_t n, uint64_t* out) {
  parallel_for(n, kElementsPerPower, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum(i, out);
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
  if (low_bits <= kFewLowBits && sums.n >> low_bits > 1) power_sums_by(FewPowers(sums), sums.n, out);
  else power_sums_by(sums, sums.n, out);
  return result;
}

}  // namespace crypten
