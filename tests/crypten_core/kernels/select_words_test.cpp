#include "crypten_core/kernels/select_words.h"

#include <catch2/catch.hpp>
#include <limits>

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

}  // namespace crypten
