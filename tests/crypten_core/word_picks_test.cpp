#include "crypten_core/word_picks.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/aten.h"

using namespace crypten;

namespace {

at::Tensor words_of_any(at::IntArrayRef sizes) {
  return at::randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), sizes, at::kLong);
}

void check_picked(const at::Tensor& words, int64_t dim) {
  const std::vector<int64_t> firsts{2, 0, 1, 2}, seconds{0, 0, 2, 1};
  const auto select = [&](const std::vector<int64_t>& places) { return words.index_select(dim, at::tensor(places, at::kLong)); };
  CHECK(at::equal(picked(words, dim, firsts), select(firsts)));
  CHECK(at::equal(difference_of_picked(words, dim, firsts, seconds), select(firsts) - select(seconds)));
  for (const int64_t parts : {1, 2, 4}) {
    const auto added = words_of_any(select(firsts).sizes());
    auto expected = select(firsts);
    expected.narrow(dim, 0, 4 / parts).add_(added.unflatten(dim, {parts, 4 / parts}).sum(dim));
    CHECK(at::equal(picked_plus(words, dim, firsts, added, parts), expected));
  }
}

}  // namespace

TEST_CASE("words are picked, subtracted and added along every dimension as torch does it") {
  for (const int64_t dim : {0, 1, 2}) {
    check_picked(words_of_any({3, 4, 5}), dim);
    check_picked(words_of_any({5, 4, 3}).permute({2, 1, 0}), dim);  // strides
    check_picked(words_of_any({200, 40, 30}), dim);                 // several threads' worth
  }
  check_picked(words_of_any({7}), 0);
  check_picked(words_of_any({0, 3}), 1);
  CHECK(picked(words_of_any({3, 0}), 0, {1, 1}).sizes() == at::IntArrayRef({2, 0}));
  CHECK(picked(words_of_any({3, 2}), 0, {}).sizes() == at::IntArrayRef({0, 2}));
}

TEST_CASE("places that are not there are refused") {
  const auto words = words_of_any({3, 4});
  CHECK_THROWS(picked(words, 0, {3}));
  CHECK_THROWS(picked(words, 0, {-1}));
  CHECK_THROWS(picked(words, 2, {0}));
  CHECK_THROWS(difference_of_picked(words, 0, {0, 1}, {0, 1, 2}));
}

TEST_CASE("bits are gathered into words") {
  const std::vector<std::vector<int64_t>> places{{0, 1}, {2, 0}, {3, 3}};
  for (const auto& bits : {at::randint(2, {5, 4, 3}, at::kLong), at::randint(2, {3, 4, 5}, at::kLong).permute({2, 1, 0})}) {
    auto expected = at::zeros({5, 2, 3}, at::kLong);
    for (size_t f = 0; f < places.size(); ++f) expected += bits.index_select(1, at::tensor(places[f], at::kLong)) * (int64_t{1} << f);
    CHECK(at::equal(bits_of_picked(bits, 1, places, {}), expected));
    CHECK(at::equal(bits_of_picked(bits, 1, places, {5, 2}), at::bitwise_xor(expected, at::tensor({5, 2}, at::kLong).view({1, 2, 1}))));
  }
  CHECK_THROWS(bits_of_picked(at::zeros({4}, at::kLong), 0, {{0, 1}, {4, 0}}, {}));
  CHECK_THROWS(bits_of_picked(at::zeros({4}, at::kLong), 0, {{0, 1}, {1, 0}}, {1, 2, 3}));
}

TEST_CASE("numbers along a dimension") {
  CHECK(at::equal(numbers_along({2, 3, 2}, 1, at::kCPU), at::arange(3).view({1, 3, 1}).expand({2, 3, 2})));
  CHECK(at::equal(numbers_along({4}, 0, at::kCPU), at::arange(4)));
  CHECK(numbers_along({4, 0}, 0, at::kCPU).sizes() == at::IntArrayRef({4, 0}));
  CHECK(numbers_along({3, 2}, 0, at::kMeta).sizes() == at::IntArrayRef({3, 2}));
}
