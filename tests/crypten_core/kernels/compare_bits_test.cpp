#include "crypten_core/kernels/compare_bits.h"

#include <catch2/catch.hpp>
#include <limits>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "tests/support/aten.h"

namespace crypten {
namespace {

at::Tensor random_planes(int64_t tiles, int64_t planes) {
  return at::randint(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), {tiles, planes, kTileWords}, at::kLong);
}
at::Tensor bits(const at::Tensor& planes, int64_t plane, int64_t n) { return bit_to_words(planes.narrow(1, plane, 1), n); }

}  // namespace

TEST_CASE("Digits of whole tensors are looked up, each where its plane is") {
  constexpr int64_t kCount = 512 * 40 + 37;
  const auto v = at::randint(0, 128, {kCount}, at::kLong), u = at::randint(0, 128, {kCount}, at::kLong);
  // Two digits of 4 and 3 bits; tables in the other order.
  std::vector<at::Tensor> entries;
  for (int e = 0; e < 7; ++e) entries.push_back(at::bitwise_right_shift(u, 4).eq(e).to(at::kLong));
  for (int e = 0; e < 15; ++e) entries.push_back(at::bitwise_and(u, 15).eq(e).to(at::kLong));
  std::vector<at::Tensor> planes;
  for (const auto& entry : entries) planes.push_back(slice_bits(entry, 0, 1));
  const auto tables = at::cat(planes, 1), share = random_planes(tables.size(0), tables.size(1)), other = at::bitwise_xor(tables, share);
  const auto numbers = slice_bits(v, 0, 7);
  const std::vector<DigitLookup> lookups{{.first_bit = 0, .width = 4, .first_table_plane = 7, .less = 2, .equal = 0},
                                         {.first_bit = 4, .width = 3, .first_table_plane = 0, .less = -1, .equal = 1}};
  const auto result = at::bitwise_xor(look_up_digits(numbers, share, lookups, 3, true), look_up_digits(numbers, other, lookups, 3, false));
  const auto low_v = at::bitwise_and(v, 15), low_u = at::bitwise_and(u, 15);
  CHECK(bits(result, 0, kCount).equal(low_v.eq(low_u).to(at::kLong)));
  CHECK(bits(result, 1, kCount).equal(at::bitwise_right_shift(v, 4).eq(at::bitwise_right_shift(u, 4)).to(at::kLong)));
  CHECK(bits(result, 2, kCount).equal(low_v.lt(low_u).to(at::kLong)));
}

TEST_CASE("Merges of whole tensors read planes of several tensors, strided or not") {
  const int64_t tiles = 37;
  const auto opened = random_planes(tiles, 6).narrow(1, 1, 4), masks = random_planes(tiles, 4), later = random_planes(tiles, 2);
  // Two pairs: less_0 + equal_0·less_1, and the AND of both equal bits, from masks in clear on one rank.
  const auto m = [&](int64_t p) { return masks.narrow(1, p, 1); };
  const auto products = at::cat({at::bitwise_and(m(1), m(2)), at::bitwise_and(m(1), m(3))}, 1);
  const Plane none;
  const PairMerge merge{.public_less = {{opened, 0}, {later, 1}},
                        .public_equal = {{opened, 1}, {opened, 3}},
                        .masks_less = {{masks, 0}, {masks, 2}, {products, 0}},
                        .masks_equal = {none, {masks, 1}, {masks, 3}, {products, 1}},
                        .less = 1,
                        .equal = 0};
  const auto result = merge_pairs({&merge, 1}, tiles, 2, true);
  const auto clear = [&](const at::Tensor& b, int64_t p, int64_t mask) { return at::bitwise_xor(b.narrow(1, p, 1), m(mask)); };
  const auto less_0 = clear(opened, 0, 0), equal_0 = clear(opened, 1, 1), less_1 = clear(later, 1, 2), equal_1 = clear(opened, 3, 3);
  CHECK(result.narrow(1, 0, 1).equal(at::bitwise_and(equal_0, equal_1)));
  CHECK(result.narrow(1, 1, 1).equal(at::bitwise_xor(less_0, at::bitwise_and(equal_0, less_1))));
}

TEST_CASE("Planes of another form are refused") {
  const auto planes = random_planes(2, 20);
  const auto look_up = [&](const at::Tensor& numbers, const at::Tensor& tables, DigitLookup lookup) { look_up_digits(numbers, tables, {&lookup, 1}, 2, true); };
  const DigitLookup good{.first_bit = 0, .width = 4, .first_table_plane = 5, .less = 0, .equal = 1};
  CHECK_NOTHROW(look_up(planes, planes, good));
  auto bad = good;
  bad.width = 8;
  CHECK_THROWS_AS(look_up(planes, planes, bad), InvalidArgument);
  bad = good, bad.first_table_plane = 6;
  CHECK_THROWS_AS(look_up(planes, planes, bad), InvalidArgument);
  bad = good, bad.equal = 2;
  CHECK_THROWS_AS(look_up(planes, planes, bad), InvalidArgument);
  CHECK_THROWS_AS(look_up(planes, random_planes(3, 20), good), InvalidArgument);
  CHECK_THROWS_AS(look_up(planes, planes.to(at::kInt), good), InvalidArgument);

  const auto merge = [&](const PairMerge& pair) { merge_pairs({&pair, 1}, 2, 1, true); };
  const Plane plane{planes, 3}, none;
  CHECK_NOTHROW(merge({.public_equal = {plane, plane}, .masks_equal = {none, plane, plane, plane}, .equal = 0}));
  CHECK_THROWS_AS(merge({.public_equal = {plane, none}, .masks_equal = {none, plane, plane, plane}, .equal = 0}), InvalidArgument);
  CHECK_THROWS_AS(merge({.public_equal = {plane, plane}, .masks_equal = {none, plane, none, plane}, .equal = 0}), InvalidArgument);
  CHECK_THROWS_AS(merge({.public_equal = {plane, plane}, .masks_equal = {none, plane}, .equal = 0}), InvalidArgument);
  CHECK_THROWS_AS(merge({.public_equal = {plane, {planes, 20}}, .masks_equal = {none, plane, plane, plane}, .equal = 0}), InvalidArgument);
  CHECK_THROWS_AS(merge({.public_equal = std::vector<Plane>(9, plane), .masks_equal = std::vector<Plane>(512, plane), .equal = 0}), InvalidArgument);
}

}  // namespace crypten
