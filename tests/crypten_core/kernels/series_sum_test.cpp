#include "crypten_core/kernels/series_sum.h"

#include <catch2/catch.hpp>

#include "crypten_core/kernels/operators.h"
#include "crypten_core/trigonometry.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("a sum of a series is what its formula says") {
  const int64_t n = 700;
  const auto angles = random_words({7, 100}).bitwise_and_((1 << 20) - 1), shares = random_words({4, n});
  const auto terms = at::tensor({1, 5, 300000001, -7, 11, 123456789}, at::kLong).view({3, 2});
  const auto result = operators::series_sum(angles, shares, terms, 12, 30, 99);
  REQUIRE(result.sizes() == angles.sizes());
  const auto word = [](const at::Tensor& t, int64_t i) { return static_cast<uint64_t>(t.const_data_ptr<int64_t>()[i]); };
  bool same = true;
  for (int64_t i = 0; i < n; ++i) {
    const Phasor one = phasor(static_cast<uint32_t>(word(angles, i) << 12)), fifth = one * one * one * one * one;
    const auto factor = [](int64_t x) { return static_cast<uint64_t>(rounded_shift(x, 30)); };
    const uint64_t expected = 99 + word(shares, i) * factor(300000001 * one.cosine + 11 * one.sine) +
                              word(shares, n + i) * factor(11 * one.cosine - 300000001 * one.sine) +
                              word(shares, 2 * n + i) * factor(-7 * fifth.cosine + 123456789 * fifth.sine) +
                              word(shares, 3 * n + i) * factor(123456789 * fifth.cosine + 7 * fifth.sine);
    same &= word(result, i) == expected;
  }
  CHECK(same);
}

TEST_CASE("a sum of a series: what does not fit is refused") {
  const auto angles = random_words({5}), shares = random_words({2, 5}), terms = at::tensor({1, 3, 4}, at::kLong).view({3, 1});
  CHECK(operators::series_sum(angles, shares, terms, 4, 20, 0).numel() == 5);
  CHECK(code_of([&] { operators::series_sum(angles, random_words({3, 5}), terms, 4, 20, 0); }) == 142);
  CHECK(code_of([&] { operators::series_sum(angles, shares, random_words({2, 1}), 4, 20, 0); }) == 142);
  CHECK(code_of([&] { operators::series_sum(angles, shares.to(at::kInt), terms, 4, 20, 0); }) == 142);
  CHECK(code_of([&] { operators::series_sum(angles, shares, terms, 32, 20, 0); }) == 142);
  CHECK(code_of([&] { operators::series_sum(angles, shares, terms, 4, 0, 0); }) == 142);
}
