#include "crypten_core/kernels/operators.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/compare_places.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/ring_tensor.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

c10::OperatorHandle find(const char* name) { return c10::Dispatcher::singleton().findSchemaOrThrow(name, ""); }

}  // namespace

TEST_CASE("multiply_combine gives shares of the product") {
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{0}, {1}, {3, 5}, {70000}}) {
    const auto x = random_words(sizes), y = random_words(sizes), lambda = random_words(sizes), mu = random_words(sizes);
    const auto lambda_0 = random_words(sizes), mu_0 = random_words(sizes), product_0 = random_words(sizes);
    const auto X = x - lambda, Y = y - mu;
    const auto share_0 = operators::multiply_combine(X, Y, lambda_0, mu_0, product_0, true);
    const auto share_1 = operators::multiply_combine(X, Y, lambda - lambda_0, mu - mu_0, lambda * mu - product_0, false);
    CHECK(at::equal(share_0 + share_1, x * y));
  }
}

TEST_CASE("operands broadcast") {
  const auto x = random_words({4, 1}), y = random_words({3}), a = random_words({4, 1}), b = random_words({3}), c = random_words({4, 3});
  const auto z = operators::multiply_combine(x, y, a, b, c, false);
  CHECK(at::equal(z, x * b + y * a + c));
  CHECK_THROWS_AS(operators::multiply_combine(x, y, a, b, random_words({5, 3}), false), InvalidArgument);
  CHECK_THROWS_AS(operators::multiply_combine(x.to(at::kFloat), y, a, b, c, false), InvalidArgument);
}

TEST_CASE("truncate_combine is the floor or one more, in rings of all widths") {
  for (const auto& [bits, shift] : {std::pair{64, 16}, {64, 62}, {64, 1}, {8, 3}, {4, 1}}) {
    const int64_t quarter = int64_t{1} << (bits - 2);  // |x| ≤ 2^(bits − 2)
    auto x = bits == 64 ? random_words({5000}).bitwise_right_shift(2) : at::arange(-quarter, quarter + 1, at::kLong).repeat({200});
    x = at::cat({x, at::tensor({quarter, -quarter, int64_t{0}, int64_t{1}, int64_t{-1}}, at::kLong)});
    const auto r = low_bits(RingTensor(random_words(x.sizes())), bits);
    const auto high = shift_right_logical(r, shift).words(), top = shift_right_logical(r, bits - 1).words();
    const auto high_0 = random_words(x.sizes()), top_0 = random_words(x.sizes());
    const auto Y = x + quarter + r.words();  // bits above the ring are ignored
    const auto opened = x + r.words();
    const auto sum = operators::truncate_combine(opened, high_0, top_0, shift, bits, true) +
                     operators::truncate_combine(opened, high - high_0, top - top_0, shift, bits, false);
    const auto parts = operators::truncated(opened, shift, bits);  // the same from its parts
    CHECK(at::equal(sum, parts[0] - high + parts[1] * top));
    // Equal in the ring: compare what is left of the difference to the floor modulo 2^bits.
    const auto excess = low_bits(RingTensor(sum - x.bitwise_right_shift(shift)), bits).words();
    const auto dither = low_bits(RingTensor(Y), shift).words(), rest = low_bits(RingTensor(x), shift).words();
    INFO("bits " << bits << " shift " << shift);
    CHECK(at::equal(excess, at::lt(dither, rest).to(at::kLong)));
  }
  const auto one = at::ones({1}, at::kLong);
  for (const auto& [shift, bits] : {std::pair{0, 64}, {63, 64}, {1, 65}, {3, 4}}) {
    CHECK_THROWS_AS(operators::truncate_combine(one, one, one, shift, bits, true), InvalidArgument);
    CHECK_THROWS_AS(operators::truncated(one, shift, bits), InvalidArgument);
  }
}

TEST_CASE("sum adds the shares of all parties") {
  for (const int64_t n : {0, 1, 1023, 100000}) {
    const std::vector<at::Tensor> parts{random_words({n}), random_words({n}), random_words({2 * n}).slice(0, 0, 2 * n, 2)};
    CHECK(at::equal(operators::sum(parts), parts[0] + parts[1] + parts[2]));
    CHECK(at::equal(operators::sum({parts[0]}), parts[0]));
    CHECK((n == 0 || operators::sum({parts[0]}).data_ptr() != parts[0].data_ptr()));
  }
  CHECK_THROWS_AS(operators::sum({}), InvalidArgument);
  CHECK_THROWS_AS(operators::sum({random_words({2}), random_words({1})}), InvalidArgument);
}

TEST_CASE("the operators are registered with torch") {
  const auto a = random_words({3, 4}), b = random_words({4, 5});
  const auto product = find("crypten::ring_matmul").typed<at::Tensor(const at::Tensor&, const at::Tensor&, int64_t, int64_t)>().call(a, b, 64, 64);
  CHECK(at::equal(product, at::matmul(a, b)));
  const auto image = random_words({1, 2, 5, 5}), weight = random_words({3, 2, 3, 3});
  using Conv = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, int64_t, int64_t);
  const auto result = find("crypten::ring_conv2d").typed<Conv>().call(image, weight, {2, 2}, {1, 1}, {1, 1}, 1, 64, 64);
  CHECK(at::equal(result, operators::conv2d(image, weight, {.stride = {2, 2}, .padding = {1, 1}})));
  const auto words = random_words({700}), planes = slice_bits(words, 3, 20), bit = slice_bits(words, 9, 1);
  CHECK(at::equal(find("crypten::slice_bits").typed<at::Tensor(const at::Tensor&, int64_t, int64_t)>().call(words, 3, 20), planes));
  CHECK(at::equal(find("crypten::unslice_bits").typed<at::Tensor(const at::Tensor&, int64_t, int64_t)>().call(planes, 700, 3), unslice_bits(planes, 700, 3)));
  CHECK(at::equal(find("crypten::bit_to_words").typed<at::Tensor(const at::Tensor&, int64_t)>().call(bit, 700), bit_to_words(bit, 700)));
  using Choice = at::Tensor(const at::Tensor&, bool, const at::Tensor&, const at::Tensor&);
  CHECK(at::equal(find("crypten::difference_or_second").typed<Choice>().call(bit, true, words, words + 1), difference_or_second(bit, true, words, words + 1)));
  const DigitLookup lookup{.first_bit = 2, .width = 3, .less = 0};
  using LookUp = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, int64_t, bool);
  CHECK(at::equal(find("crypten::look_up_digits").typed<LookUp>().call(planes, planes, numbers_of({&lookup, 1}), 1, true),
                  look_up_digits(planes, planes, {&lookup, 1}, 1, true)));
  const PairMerge merge{.public_equal = {{planes, 0}, {planes, 1}}, .masks_equal = {{}, {planes, 2}, {planes, 3}, {planes, 4}}, .equal = 0};
  const auto arguments = arguments_of({&merge, 1});
  using Merge = at::Tensor(at::TensorList, at::IntArrayRef, int64_t, int64_t, bool);
  CHECK(at::equal(find("crypten::merge_pairs").typed<Merge>().call(arguments.tensors, arguments.numbers, 2, 1, true), merge_pairs({&merge, 1}, 2, 1, true)));
  for (const char* name : {"crypten::multiply_combine", "crypten::truncate_combine", "crypten::truncated", "crypten::sum"})
    CHECK(find(name).hasKernelForDispatchKey(c10::DispatchKey::CPU));
}

TEST_CASE("a device without kernels, or two devices, are refused by name") {
  const auto a = random_words({3, 3}), elsewhere = a.to(at::kMeta);
  CHECK_THROWS_AS(operators::matmul(elsewhere, elsewhere), InvalidArgument);
  CHECK_THROWS_AS(operators::conv2d(elsewhere, elsewhere, {}), InvalidArgument);
  CHECK_THROWS_AS(operators::matmul(a, elsewhere), InvalidArgument);
  CHECK_THROWS_AS(operators::sum({a, elsewhere}), InvalidArgument);
  const auto planes = elsewhere.new_empty({1, 3, 8});
  const DigitLookup lookup{.width = 1, .less = 0};
  const PairMerge merge{.public_equal = {{planes, 0}}, .masks_equal = {{}, {planes, 1}}, .equal = 0};
  CHECK(code_of([&] { slice_bits(elsewhere, 0, 1); }) == 143);
  CHECK(code_of([&] { unslice_bits(planes, 9, 0); }) == 143);
  CHECK(code_of([&] { bit_to_words(planes, 9); }) == 143);
  CHECK(code_of([&] { difference_or_second(planes, false, elsewhere, elsewhere); }) == 143);
  CHECK(code_of([&] { difference_or_second(planes, false, a, elsewhere); }) == 124);
  CHECK(code_of([&] { look_up_digits(planes, planes, {&lookup, 1}, 1, true); }) == 143);
  CHECK(code_of([&] { merge_pairs({&merge, 1}, 1, 1, true); }) == 143);
  const auto here = random_words({1, 3, 8});
  const PairMerge mixed{.public_equal = {{planes, 0}}, .masks_equal = {{}, {here, 1}}, .equal = 0};
  CHECK(code_of([&] { look_up_digits(here, planes, {&lookup, 1}, 1, true); }) == 124);
  CHECK(code_of([&] { merge_pairs({&mixed, 1}, 1, 1, true); }) == 124);
}
