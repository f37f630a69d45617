#include "crypten_core/kernels/sums_of_planes.h"

#include <catch2/catch.hpp>

#include "crypten_core/kernels/bit_slice.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

at::Tensor plane(const at::Tensor& planes, int index) { return planes.narrow(1, index, 1); }

}  // namespace

TEST_CASE("sums of pairs of planes, of tensors") {
  const auto a = random_words({6, 4, kTileWords}), b = random_words({6, 9, kTileWords}).narrow(1, 2, 5);
  const std::vector<std::vector<PlanePair>> sums{{}, {{3, 4}}, {{0, 0}, {1, 3}, {0, 0}, {2, 2}}};
  const auto result = sums_of_pairs(a, b, sums);
  CHECK(plane(result, 0).eq(0).all().item<bool>());
  CHECK(at::equal(plane(result, 1), at::bitwise_and(plane(a, 3), plane(b, 4))));
  CHECK(at::equal(plane(result, 2), at::bitwise_xor(at::bitwise_and(plane(a, 1), plane(b, 3)), at::bitwise_and(plane(a, 2), plane(b, 2)))));
  const auto again = pairs_of(numbers_of(sums), 3);
  REQUIRE(again.size() == 3);
  CHECK((again[0].empty() && again[1].size() == 1 && again[2].size() == 4 && again[2][3].a == 2 && again[2][1].b == 3));
  CHECK(code_of([&] { sums_of_pairs(a, b, std::vector<std::vector<PlanePair>>{{{4, 0}}}); }) == 160);
  CHECK(code_of([&] { pairs_of({5, 9}, 1); }) == 160);
  CHECK(code_of([&] { pairs_of({2, 3, 1}, 1); }) == 160);
}

TEST_CASE("sums of products of planes: what two parties hold adds up") {
  const auto flags = random_words({3, 4, kTileWords}), bits = random_words({3, 4, kTileWords}), masks = random_words({3, 4, kTileWords});
  // Products of masks 0, 1 and 2: of {0,1}, {0,2}, {1,2} and of all.
  const auto m = [&](int i) { return plane(masks, i); };
  const auto m01 = at::bitwise_and(m(0), m(1)), m02 = at::bitwise_and(m(0), m(2)), m12 = at::bitwise_and(m(1), m(2));
  const auto products = at::cat({m01, m02, m12, at::bitwise_and(m01, m(2))}, 1);
  const auto mask_share = random_words(masks.sizes()), product_share = random_words(products.sizes());
  const std::vector<PlanePolynomial> polynomials{
      {{{{1, 3}, {}, {-1}}, {{}, {3}, {-1, 3}}}}, {{{{2}, {0, 1, 2}, {-1, 0, 1, 0, 2, 1, 2, 3}}, {{0, 1}, {2, 0}, {-1, 2, 0, 1}}}}, {}};
  const auto read = polynomials_of(numbers_of(polynomials), 3);
  const auto first = sums_of_products({flags, bits, mask_share, product_share}, polynomials, true);
  const auto second = sums_of_products({flags, bits, at::bitwise_xor(masks, mask_share), at::bitwise_xor(products, product_share)}, read, false);
  const auto sum = at::bitwise_xor(first, second);
  const auto bit = [&](int i) { return at::bitwise_xor(plane(bits, i), m(i)); };
  const auto flag = [&](int i) { return plane(flags, i); };
  CHECK(at::equal(plane(sum, 0), at::bitwise_xor(at::bitwise_and(flag(1), flag(3)), bit(3))));
  CHECK(at::equal(plane(sum, 1), at::bitwise_xor(at::bitwise_and(flag(2), at::bitwise_and(bit(0), at::bitwise_and(bit(1), bit(2)))),
                                                 at::bitwise_and(at::bitwise_and(flag(0), flag(1)), at::bitwise_and(bit(2), bit(0))))));
  CHECK(plane(sum, 2).eq(0).all().item<bool>());
  const PlaneProductOperands operands{flags, bits, masks, products};
  CHECK(code_of([&] { sums_of_products(operands, std::vector<PlanePolynomial>{{{{{}, {0, 1}, {-1}}}}}, true); }) == 160);
  CHECK(code_of([&] { sums_of_products(operands, std::vector<PlanePolynomial>{{{{{4}, {}, {-1}}}}}, true); }) == 160);
}
