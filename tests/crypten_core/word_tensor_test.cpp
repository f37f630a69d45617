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
  CHECK(at::equal(sum_with_product(a, b, a), at::addcmul(a, b, a)));
  CHECK(at::equal(sum_with_product(a, b, b), at::addcmul(a, b, b)));
  for (const int first : {0, 1, 40})
    for (const int count : {1, 20, 24}) CHECK(at::equal(bits_of_words(a, first, count), at::bitwise_and(at::bitwise_right_shift(a, first), (int64_t{1} << count) - 1)));
  CHECK(at::equal(bits_of_words(a, 0, 64), a));
  for (const int64_t factor : {-3, -1, 0, 1})
    for (const int64_t addend : {0, 7}) CHECK(at::equal(linear_of(a, factor, addend), a * factor + addend));
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

TEST_CASE("words are expanded and laid out without gaps as torch does it") {
  for (const auto& words : {any_words({3, 1, 5}), any_words({5, 1, 3}).permute({2, 1, 0}), any_words({6, 2, 5}).slice(0, 0, 6, 2).narrow(1, 1, 1)}) {
    for (const auto& sizes : std::vector<std::vector<int64_t>>{{3, 1, 5}, {3, 4, 5}, {2, 3, 7, 5}, {0, 3, 4, 5}}) {
      const auto wide = expanded_words(words, sizes);
      CHECK(wide.sizes() == at::IntArrayRef(sizes));
      CHECK(wide.strides() == words.expand(sizes).strides());
      CHECK(at::equal(wide, words.expand(sizes)));
      CHECK(dense_words(wide).is_contiguous());
      CHECK(at::equal(dense_words(wide), words.expand(sizes)));
    }
    CHECK_THROWS(expanded_words(words, {3, 1}));
    CHECK_THROWS(expanded_words(words, {4, 1, 5}));
  }
  CHECK(at::equal(dense_words(expanded_words(any_words({}).fill_(9), {4})), at::full({4}, 9, at::kLong)));
  CHECK(at::equal(dense_words(any_words({300, 400}).fill_(5).t()), at::full({400, 300}, 5, at::kLong)));
  const auto layout = at::empty({4, 6}, at::TensorOptions().dtype(at::kLong).device(at::kMeta));
  CHECK(narrow_words(layout, 1, 2, 3).storage_offset() == 2);
  CHECK(narrow_words(layout, 1, 2, 3).strides() == at::IntArrayRef({6, 1}));
}
