#include "crypten_core/kernels/ring_matmul.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/error.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

using Sizes = std::vector<int64_t>;

}  // namespace

TEST_CASE("matmul agrees with torch for every kind of shape") {
  const std::vector<std::pair<Sizes, Sizes>> shapes{{{1, 1}, {1, 1}},
                                                    {{7, 5}, {5, 3}},
                                                    {{6, 4}, {4, 4}},
                                                    {{5, 300}, {300, 9}},
                                                    {{4, 513}, {513, 4}},
                                                    {{150, 17}, {17, 520}},
                                                    {{290, 257}, {257, 1030}},
                                                    {{521, 259}, {259, 300}},
                                                    {{16, 70}, {70, 24}},
                                                    {{16, 70}, {70, 25}},
                                                    {{1, 700}, {700, 600}},
                                                    {{3, 40}, {40, 260}},
                                                    {{2, 5}, {5, 1}},
                                                    {{300, 70}, {70, 1}},
                                                    {{9}, {9}},
                                                    {{9}, {9, 4}},
                                                    {{4, 9}, {9}},
                                                    {{2, 3, 4, 5}, {5}},
                                                    {{6}, {2, 6, 3}},
                                                    {{3, 4, 5}, {5, 6}},
                                                    {{2, 1, 7, 5}, {3, 5, 8}},
                                                    {{4, 5}, {2, 3, 5, 6}},
                                                    {{3, 1, 1}, {3, 1, 1}},
                                                    {{0, 4}, {4, 3}},
                                                    {{3, 0}, {0, 4}},
                                                    {{3, 4}, {4, 0}},
                                                    {{0}, {0}},
                                                    {{0, 2, 3}, {3, 4}}};
  for (const auto path : supported_paths()) {
    for (const auto& [left, right] : shapes) {
      const auto a = random_words(left), b = random_words(right);
      INFO(name(path) << " " << a.sizes() << " " << b.sizes());
      const auto product = ring_matmul(a, b, PublicOperand::none, path), expected = at::matmul(a, b);
      CHECK(product.sizes() == expected.sizes());
      CHECK(at::equal(product, expected));
    }
  }
}

TEST_CASE("matmul takes strided operands as they are") {
  for (const auto path : supported_paths()) {
    for (const int64_t m : {1, 3, 50}) {
      const auto a = random_words({70, m}).t(), b = random_words({60, 70}).t();                  // both transposed
      const auto sparse = random_words({2 * m, 140}).slice(0, 0, 2 * m, 2).slice(1, 0, 140, 2);  // no unit stride
      const auto wide = random_words({140, 120}).slice(0, 0, 140, 2).slice(1, 0, 120, 2);
      const auto same = random_words({1, 70}).expand({m, 70});
      INFO(name(path) << " " << m);
      CHECK(at::equal(ring_matmul(a, b, PublicOperand::none, path), at::matmul(a, b)));
      CHECK(at::equal(ring_matmul(sparse, b, PublicOperand::none, path), at::matmul(sparse, b)));
      CHECK(at::equal(ring_matmul(a, wide, PublicOperand::none, path), at::matmul(a, wide)));
      CHECK(at::equal(ring_matmul(sparse, wide, PublicOperand::none, path), at::matmul(sparse, wide)));
      CHECK(at::equal(ring_matmul(wide.t(), sparse.t(), PublicOperand::none, path), at::matmul(wide.t(), sparse.t())));
      CHECK(at::equal(ring_matmul(same, b, PublicOperand::none, path), at::matmul(same, b)));
      const auto batch = random_words({5, 70, m}).transpose(1, 2).expand({2, 5, m, 70}), other = random_words({5, 4, 70}).transpose(1, 2);
      CHECK(at::equal(ring_matmul(batch, other, PublicOperand::none, path), at::matmul(batch, other)));
    }
  }
}

TEST_CASE("matmul of few rows agrees with torch whichever operand has contiguous lines") {
  for (const auto path : supported_paths()) {
    for (int64_t m = 1; m <= 9; ++m) {
      for (const auto& [n, length] : {std::pair<int64_t, int64_t>{7, 1030}, {259, 13}, {2, 512}, {1, 520}}) {
        const auto a = random_words({m, length}), b = random_words({n, length}).t(), rows = random_words({length, n});
        INFO(name(path) << " " << m << " " << n << " " << length);
        CHECK(at::equal(ring_matmul(a, b, PublicOperand::none, path), at::matmul(a, b)));
        CHECK(at::equal(ring_matmul(a, rows, PublicOperand::none, path), at::matmul(a, rows)));
        CHECK(at::equal(ring_matmul(b.t(), a.t(), PublicOperand::none, path), at::matmul(b.t(), a.t())));
      }
    }
  }
}

TEST_CASE("matmul is exact for all-ones operands of length 20000") {
  // (2^64 − 1)² = 1 mod 2^64, so every element is the length.
  for (const auto path : supported_paths()) {
    for (const auto& [m, n] : {std::pair<int64_t, int64_t>{1, 5}, {5, 2}, {7, 9}, {16, 16}, {24, 40}}) {
      const auto product = ring_matmul(at::full({m, 20000}, int64_t{-1}), at::full({20000, n}, int64_t{-1}), PublicOperand::none, path);
      CHECK(at::equal(product, at::full({m, n}, int64_t{20000})));
    }
  }
}

TEST_CASE("matmul refuses what it cannot multiply") {
  const auto a = random_words({3, 4});
  CHECK_THROWS_AS(ring_matmul(a, random_words({3, 4})), InvalidArgument);
  CHECK_THROWS_AS(ring_matmul(a, random_words({4, 2}).to(at::kInt)), InvalidArgument);
  CHECK_THROWS_AS(ring_matmul(a, random_words({})), InvalidArgument);
  CHECK_THROWS_AS(ring_matmul(random_words({2, 3, 4}), random_words({3, 4, 5})), InvalidArgument);
}
