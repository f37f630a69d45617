#include "crypten_core/kernels/power_sums.h"

#include <catch2/catch.hpp>
#include <utility>

#include "crypten_core/kernels/operators.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("a sum of powers is what its formula says") {
  // Low digits of many values, and of few, whose factors are computed once.
  const auto [low_bits, slope] = GENERATE(std::pair{20, int64_t{1} << 35}, std::pair{6, -(int64_t{1} << 53) + 5}, std::pair{3, whole_exponent(-1)}, std::pair{0, int64_t{77}});
  const int64_t n = 300, offset = -12345;
  const auto opened = random_words({3, 100});
  std::vector<at::Tensor> tables;
  for (int u = 0; u < 4; ++u) tables.push_back(random_words({n}));
  struct Factor {
    int64_t group, digit, exponent;
  };
  const std::vector<Factor> factors{{0, 0, whole_exponent(3)}, {0, 3, whole_exponent(20) + 99}, {2, 1, whole_exponent(-60)}, {2, 2, whole_exponent(40)}};
  std::vector<int64_t> numbers;
  for (const auto& [group, digit, exponent] : factors) {
    const auto power = power_of_two(exponent);
    numbers.insert(numbers.end(), {group, digit, static_cast<int64_t>(power.mantissa), int64_t{power.exponent}});
  }
  const auto result = operators::power_sums(opened, tables, at::tensor(numbers, at::kLong).view({4, 4}), offset, low_bits, slope, 3);
  REQUIRE(result.sizes() == at::IntArrayRef({3, n}));
  bool same = true;
  for (int64_t i = 0; i < n; ++i) {
    const auto y = static_cast<uint64_t>(opened.const_data_ptr<int64_t>()[i] + offset);
    uint64_t sums[3] = {};
    for (const auto& [group, digit, exponent] : factors) {
      const auto u = static_cast<size_t>(((y >> low_bits) - static_cast<uint64_t>(digit)) & 3);
      const auto power = rounded_product(power_of_two(slope * static_cast<int64_t>(y & ((1U << low_bits) - 1))), power_of_two(exponent));
      sums[group] += static_cast<uint64_t>(tables[u].const_data_ptr<int64_t>()[i]) * power;
    }
    for (int64_t g = 0; g < 3; ++g) same &= result.const_data_ptr<int64_t>()[g * n + i] == static_cast<int64_t>(sums[g]);
  }
  CHECK(same);
}

TEST_CASE("a sum of powers: what does not fit is refused") {
  const auto opened = random_words({5}), factors = at::zeros({1, 4}, at::kLong);
  const auto sums = [&](const std::vector<at::Tensor>& tables, const at::Tensor& numbers, int64_t low_bits) {
    return operators::power_sums(opened, tables, numbers, 0, low_bits, 1, 1);
  };
  CHECK(sums({opened, opened}, factors, 8).numel() == 5);
  CHECK(sums({opened}, at::zeros({0, 4}, at::kLong), 8).eq(0).all().item<bool>());
  CHECK(code_of([&] { sums({opened, opened, opened}, factors, 8); }) == 142);
  CHECK(code_of([&] { sums({random_words({4})}, factors, 8); }) == 142);
  CHECK(code_of([&] { sums({opened}, at::zeros({4}, at::kLong), 8); }) == 142);
  CHECK(code_of([&] { sums({opened}, factors, 64); }) == 142);
}
