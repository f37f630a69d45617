#include "crypten_core/word_tensor.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/aten.h"

using namespace crypten;

namespace {

at::Tensor any_words(at::IntArrayRef sizes) {
  return at::randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), sizes, at::kLong);
}

void check_like_torch(const at::Tensor& a, const at::Tensor& b) {
  CHECK(at::equal(sum_of(a, b), at::add(a, b)));
  CHECK(at::equal(difference_of(a, b), at::sub(a, b)));
  CHECK(at::equal(product_of(a, b), at::mul(a, b)));
  CHECK(at::equal(product_of(b, a), at::mul(b, a)));
  CHECK(at::equal(exclusive_or_of(a, b), at::bitwise_xor(a, b)));
}

}  // namespace

TEST_CASE("words are combined as torch combines them") {
  for (const int64_t n : {0, 1, 7, 1023, 1024, 1025, 200'000}) check_like_torch(any_words({n}), any_words({n}));
  check_like_torch(any_words({3, 5}), any_words({3, 5}));
  check_like_torch(any_words({5, 3}).t(), any_words({3, 5}));  // strides
  check_like_torch(any_words({3, 5}), any_words({5}));         // broadcasting
  check_like_torch(any_words({3, 5}), any_words({}));          // one word
  check_like_torch(any_words({}), any_words({}));
  check_like_torch(any_words({4, 6}).narrow(0, 1, 2), any_words({2, 6}));  // not from the start of its memory
  CHECK_THROWS(sum_of(any_words({3}), any_words({4})));
}

TEST_CASE("new words have the sizes asked for") {
  CHECK(empty_words({2, 0, 3}).sizes() == at::IntArrayRef({2, 0, 3}));
  CHECK(empty_words({}).numel() == 1);
  CHECK(empty_words({4}).scalar_type() == at::kLong);
  CHECK(at::equal(zero_words({3, 4}), at::zeros({3, 4}, at::kLong)));
  CHECK(zero_words({0}).numel() == 0);
  CHECK(empty_words({5}, at::kMeta).is_meta());
}

TEST_CASE("parts of words share their memory") {
  auto words = any_words({4, 6, 2});
  const auto wide = words.transpose(0, 2);
  for (const auto& tensor : {words, wide}) {
    CHECK(at::equal(narrow_words(tensor, 1, 2, 3), tensor.narrow(1, 2, 3)));
    CHECK(narrow_words(tensor, 1, 2, 0).numel() == 0);
    CHECK(at::equal(narrow_words(narrow_words(tensor, 1, 2, 3), 1, 1, 2), tensor.narrow(1, 3, 2)));
    CHECK(at::equal(part_of(tensor, 1), tensor.select(0, 1)));
  }
  narrow_words(words, 0, 1, 1).zero_();
  CHECK(at::equal(words[1], at::zeros({6, 2}, at::kLong)));
  CHECK(at::equal(narrow_words(words, -1, 0, 1), words.narrow(-1, 0, 1)));
  CHECK_THROWS(narrow_words(words, 0, 2, 3));
  CHECK_THROWS(part_of(words, 4));
}
