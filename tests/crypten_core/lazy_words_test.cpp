#include "crypten_core/lazy_words.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <vector>

#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/prg.h"
#include "crypten_core/stream_tensor.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using crypten::test::random_words;

namespace {

struct FromStream {
  LazyWords lazy;
  at::Tensor whole;
};

// Words of a stream from `position` on, lazily, and as the tensor that they are.
FromStream from_stream(std::vector<int64_t> sizes, uint64_t position) {
  const auto stream = std::make_shared<const AesStream>(random_key());
  auto whole = at::empty(sizes, at::kLong);
  fill_words(*stream, whole, position);
  return {
      LazyWords(std::move(sizes),
                [stream, position](int64_t first, std::span<uint64_t> out) { stream->fill(out, position + static_cast<uint64_t>(first)); }),
      whole};
}

}  // namespace

TEST_CASE("lazy words are made once, as a whole") {
  for (const int64_t count : {int64_t{0}, int64_t{1}, LazyWords::kBlock, 100 * LazyWords::kBlock + 3}) {
    const auto [lazy, whole] = from_stream({count}, 5);
    const LazyWords copy = lazy;
    CHECK((lazy.defined() && !lazy.there() && lazy.numel() == count && lazy.device().is_cpu()));
    CHECK(at::equal(lazy.words(), whole));
    CHECK((lazy.there() && copy.there()));
    CHECK(copy.words().is_same(lazy.words()));  // copies share what was made
  }
  CHECK(!LazyWords().defined());
  CHECK(!RingTensor(LazyWords()).defined());
}

TEST_CASE("what lazy words read from is let go when they are there") {
  auto held = std::make_shared<int>(0);
  const LazyWords lazy({3},
                       [held](int64_t first, std::span<uint64_t> out) { std::iota(out.begin(), out.end(), static_cast<uint64_t>(first)); });
  CHECK(held.use_count() == 2);
  CHECK(at::equal(lazy.words(), at::arange(3)));
  CHECK(held.use_count() == 1);
}

TEST_CASE("a block of words is where they lie, or is made") {
  const auto [lazy, whole] = from_stream({7, 11}, 2);
  std::vector<uint64_t> room(20);
  CHECK(lazy.block(13, room) == room.data());
  CHECK(std::equal(room.begin(), room.end(), reinterpret_cast<const uint64_t*>(whole.const_data_ptr<int64_t>()) + 13));
  CHECK(!lazy.there());
  CHECK(lazy.block(13, room) == room.data());
  const auto* const words = reinterpret_cast<const uint64_t*>(lazy.words().const_data_ptr<int64_t>());
  CHECK(lazy.block(13, room) == words + 13);
  CHECK(LazyWords(whole).there());
}

TEST_CASE("passes over lazy operands give the words of tensors, and make no tensor") {
  for (const int64_t count : {LazyWords::kBlock - 1, 300 * LazyWords::kBlock + 5}) {
    const std::vector<int64_t> sizes{count};
    const auto x = random_words(sizes), y = random_words(sizes);
    const auto lambda = from_stream(sizes, 0), mu = from_stream(sizes, 7), product = from_stream(sizes, 1);
    const auto share = operators::multiply_combine(x, y, lambda.lazy, mu.lazy, product.lazy, true);
    CHECK(at::equal(share, operators::multiply_combine(x, y, lambda.whole, mu.whole, product.whole, true)));
    const auto one_lazy = operators::multiply_combine(x, y, lambda.whole, mu.lazy, product.whole, false);
    CHECK(at::equal(one_lazy, operators::multiply_combine(x, y, lambda.whole, mu.whole, product.whole, false)));
    CHECK(at::equal(operators::truncate_combine(x, lambda.lazy, mu.lazy, 16, 64, true),
                    operators::truncate_combine(x, lambda.whole, mu.whole, 16, 64, true)));

    auto difference = at::empty(sizes, at::kLong);
    for (int64_t begin = 0; begin < count; begin += 4097)
      difference_of_part(difference, x, lambda.lazy, begin, std::min(begin + 4097, count));
    CHECK(at::equal(difference, x - lambda.whole));
    CHECK((!lambda.lazy.there() && !mu.lazy.there() && !product.lazy.there()));
    difference_of_part(difference, x, lambda.whole, 0, count);
    CHECK(at::equal(difference, x - lambda.whole));
  }
}

TEST_CASE("lazy operands that broadcast are made") {
  const auto row = from_stream({1000}, 3);
  const auto x = random_words({20, 1000}), y = random_words({20, 1000}), product = random_words({20, 1000});
  CHECK(at::equal(operators::multiply_combine(x, y, row.lazy, y, product, false),
                  operators::multiply_combine(x, y, row.whole, y, product, false)));
  CHECK(row.lazy.there());
}
