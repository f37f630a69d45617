#include "crypten_core/kernels/select_words.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "tests/support/aten.h"

namespace crypten {

TEST_CASE("A choice by bits gives the difference where the bit is set, else the second") {
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{63}, int64_t{64}, int64_t{513}, int64_t{100'000}}) {
    CAPTURE(n);
    const auto bit = at::randint(0, 2, {n}, at::kLong);
    const auto a = at::randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), {n}, at::kLong), b = at::bitwise_xor(a.flip(0), 0x5555);
    const auto plane = slice_bits(bit, 0, 1);
    CHECK(difference_or_second(plane, false, a, b).equal(at::where(bit.ne(0), a - b, b)));
    CHECK(difference_or_second(plane, true, a, b).equal(at::where(bit.eq(0), a - b, b)));
  }
  // Views are read in the order of their elements.
  const auto a = at::arange(12, at::kLong).view({3, 4}).t(), b = at::full({1, 1}, 100, at::kLong).expand({4, 3});
  const auto bit = at::arange(12, at::kLong).remainder(2);
  CHECK(difference_or_second(slice_bits(bit, 0, 1), false, a, b).equal(at::where(bit.view({4, 3}).ne(0), a - b, b)));
  CHECK_THROWS_AS(difference_or_second(slice_bits(bit, 0, 1), false, a, b.t()), InvalidArgument);
  CHECK_THROWS_AS(difference_or_second(slice_bits(at::zeros({513}, at::kLong), 0, 1), false, a, b), InvalidArgument);
}

TEST_CASE("A constant for each element is chosen by its bit") {
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{63}, int64_t{64}, int64_t{513}, int64_t{100'000}}) {
    CAPTURE(n);
    const auto bit = at::randint(0, 2, {n}, at::kLong);
    CHECK(chosen_constants(slice_bits(bit, 0, 1), {n}, -1, 1).equal(1 - 2 * bit));
    CHECK(chosen_constants(slice_bits(at::stack({bit, 1 - bit}, 0).select(0, 1).contiguous(), 0, 1), {n}, 7, std::numeric_limits<int64_t>::min())
              .equal(at::where(bit.eq(0), at::full({n}, 7, at::kLong), std::numeric_limits<int64_t>::min())));
  }
  CHECK_THROWS_AS(chosen_constants(slice_bits(at::zeros({513}, at::kLong), 0, 1), {512}, 1, 0), InvalidArgument);
}

TEST_CASE("A choice between a difference and a sum of terms is one pass, whatever the operands are") {
  const auto random = [](at::IntArrayRef sizes) { return at::randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), sizes, at::kLong); };
  for (const int64_t rows : {int64_t{0}, int64_t{1}, int64_t{9}, int64_t{1000}}) {
    const std::vector<int64_t> sizes{rows, 101};
    CAPTURE(rows);
    const auto bit = at::randint(0, 2, {rows * 101}, at::kLong), plane = slice_bits(bit, 0, 1), chosen = bit.view(sizes);
    const auto x = random(sizes), a = random(sizes), b = random(sizes), c = random(sizes), row = random({101}), word = random({});
    const auto later = [&](const at::Tensor& words) {
      return LazyWords(sizes, [words](int64_t first, std::span<uint64_t> out) { std::copy_n(reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>()) + first, out.size(), out.data()); });
    };
    const auto expected = [&](const at::Tensor& first, const at::Tensor& sum, bool inverted) { return at::where(inverted ? chosen.eq(0) : chosen.ne(0), first - sum, sum.expand(sizes)); };
    for (const bool inverted : {false, true}) {
      const std::vector<std::pair<std::vector<SharedTerm>, at::Tensor>> cases{
          {{{a, {}}}, a},
          {{{later(a), {}}}, a},
          {{{later(a), word}}, a * word},
          {{{row, b}}, row * b},
          {{{later(a), x}, {b, {}}, {later(c), row}}, a * x + b + c * row},
          {{{a, {}}, {later(b), {}}, {word, {}}}, a + b + word},
      };
      for (const auto& [terms, sum] : cases) {
        CHECK(difference_or_sum(plane, inverted, x, terms, sizes).equal(expected(x, sum, inverted)));
        CHECK(difference_or_sum(plane, inverted, word, terms, sizes).equal(expected(word, sum, inverted)));
        CHECK(difference_or_sum(plane, inverted, row, terms, sizes).equal(expected(row, sum, inverted)));
      }
    }
  }
  const auto plane = slice_bits(at::zeros({5}, at::kLong), 0, 1), words = at::zeros({5}, at::kLong);
  const std::vector<SharedTerm> one{{words, {}}};
  CHECK_THROWS_AS(difference_or_sum(plane, false, words, {}, {5}), InvalidArgument);
  CHECK_THROWS_AS(difference_or_sum(slice_bits(at::zeros({513}, at::kLong), 0, 1), false, words, one, {5}), InvalidArgument);
}

}  // namespace crypten
