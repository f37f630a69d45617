#include "mpc/sharing/binary_shared.h"

#include <catch2/catch.hpp>

#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

TEST_CASE("XOR of binary shares is local", "[mpc][sharing]") {
  const auto a = crypten::testing::random_words({2, 3}), b = crypten::testing::random_words({3});
  const auto sum = crypten::BinaryShared(a) ^ crypten::BinaryShared(b);
  CHECK(sum.share().words().equal(at::bitwise_xor(a.words(), b.words())));
  CHECK(sum.sizes() == at::IntArrayRef({2, 3}));
}
