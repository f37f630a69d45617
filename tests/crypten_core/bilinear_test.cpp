#include "crypten_core/bilinear.h"

#include <catch2/catch.hpp>
#include <string>

#include "crypten_core/error.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

RingTensor random_ring(at::IntArrayRef sizes) { return RingTensor(at::randint(INT64_MIN, INT64_MAX, sizes, at::kLong)); }

using Sizes = std::vector<int64_t>;

std::string refusal(const Bilinear& op, const Sizes& a, const Sizes& b) {
  try {
    op.output_sizes(a, b);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the three products are those of torch") {
  const auto a = random_ring({4, 1, 5}), b = random_ring({3, 5});
  CHECK(Bilinear::elementwise()(a, b).equal(RingTensor(at::mul(a.words(), b.words()))));
  const auto c = random_ring({2, 3, 4}), d = random_ring({4, 6});
  CHECK(Bilinear::matmul()(c, d).equal(RingTensor(at::matmul(c.words(), d.words()))));
  const auto image = random_ring({2, 4, 6, 7}), weight = random_ring({6, 2, 3, 2});
  const Conv2dOptions options{{2, 1}, {1, 2}, {1, 2}, 2};
  const auto expected =
      at::conv2d(image.words(), weight.words(), {}, at::IntArrayRef{2, 1}, at::IntArrayRef{1, 2}, at::IntArrayRef{1, 2}, 2);
  CHECK(Bilinear::conv2d(options)(image, weight).equal(RingTensor(expected)));
}

TEST_CASE("the products are linear in each operand") {
  const Conv2dOptions options{.padding = {1, 0}};
  const std::vector<std::tuple<Bilinear, Sizes, Sizes>> cases{{Bilinear::elementwise(), {3, 4}, {4}},
                                                              {Bilinear::matmul(), {3, 4}, {4, 5}},
                                                              {Bilinear::conv2d(options), {2, 3, 5, 5}, {4, 3, 3, 3}}};
  for (const auto& [op, left, right] : cases) {
    const auto x = random_ring(left), y = random_ring(left), z = random_ring(right), w = random_ring(right);
    CHECK(op(x + y, z).equal(op(x, z) + op(y, z)));
    CHECK(op(x, z - w).equal(op(x, z) - op(x, w)));
    CHECK(at::IntArrayRef(op.output_sizes(left, right)) == op(x, z).sizes());
  }
}

TEST_CASE("shapes that do not fit are refused, and both are named") {
  CHECK(refusal(Bilinear::elementwise(), {2, 3}, {4}).find("[2, 3] and [4]") != std::string::npos);
  CHECK(refusal(Bilinear::matmul(), {2, 3}, {4, 5}).find("[2, 3] and [4, 5]") != std::string::npos);
  CHECK_FALSE(refusal(Bilinear::matmul(), {}, {3}).empty());
  CHECK_FALSE(refusal(Bilinear::matmul(), {2, 3, 4}, {3, 4, 5}).empty());
  CHECK(refusal(Bilinear::conv2d({}), {1, 3, 5, 5}, {2, 4, 3, 3}).find("[1, 3, 5, 5] and [2, 4, 3, 3]") != std::string::npos);
  CHECK_FALSE(refusal(Bilinear::conv2d({}), {3, 5, 5}, {2, 3, 3, 3}).empty());
  CHECK_FALSE(refusal(Bilinear::conv2d({}), {1, 3, 2, 5}, {2, 3, 3, 3}).empty());
  CHECK(refusal(Bilinear::conv2d({.dilation = {2, 2}}), {1, 3, 5, 5}, {2, 3, 3, 3}).empty());
  CHECK_FALSE(refusal(Bilinear::conv2d({.dilation = {3, 1}}), {1, 3, 5, 5}, {2, 3, 3, 3}).empty());
  CHECK_THROWS_AS(Bilinear::matmul()(random_ring({2, 3}), random_ring({2, 3})), InvalidArgument);
  CHECK_THROWS_AS(Bilinear::elementwise()(random_ring({2}), random_ring({3})), InvalidArgument);
}

TEST_CASE("options are checked, and products compare by what they do") {
  CHECK_THROWS_AS(Bilinear::conv2d({.stride = {0, 1}}), InvalidArgument);
  CHECK_THROWS_AS(Bilinear::conv2d({.padding = {0, -1}}), InvalidArgument);
  CHECK_THROWS_AS(Bilinear::conv2d({.dilation = {0, 1}}), InvalidArgument);
  CHECK_THROWS_AS(Bilinear::conv2d({.groups = 0}), InvalidArgument);
  CHECK(Bilinear::matmul() == Bilinear::matmul());
  CHECK_FALSE(Bilinear::matmul() == Bilinear::elementwise());
  CHECK_FALSE(Bilinear::conv2d({}) == Bilinear::conv2d({.groups = 2}));
  CHECK(Bilinear::elementwise().name() == "multiply");
  CHECK(Bilinear::matmul().name() == "matmul");
  CHECK(Bilinear::conv2d({}).name() == "conv2d");
}
