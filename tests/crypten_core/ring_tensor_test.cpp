#include "crypten_core/ring_tensor.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

RingTensor ring(std::vector<int64_t> words) { return RingTensor(at::tensor(words, at::kLong)); }
const RingTensor kEdges = ring({0, 1, -1, INT64_MAX, INT64_MIN, 0x123456789abcdef0});

}  // namespace

TEST_CASE("a RingTensor holds int64 words and nothing else") {
  CHECK_FALSE(RingTensor().defined());
  CHECK_THROWS_AS(RingTensor(at::zeros({2})), InvalidArgument);
  CHECK_THROWS_AS(RingTensor(at::Tensor()), InvalidArgument);
  const auto zeros = RingTensor::zeros({2, 3});
  CHECK(zeros.sizes() == at::IntArrayRef({2, 3}));
  CHECK(zeros.numel() == 6);
  CHECK(zeros.dim() == 2);
  CHECK(zeros.device().is_cpu());
  CHECK(zeros.equal(RingTensor(at::zeros({2, 3}, at::kLong))));
  CHECK_FALSE(zeros.equal(RingTensor::zeros({3, 2})));
  CHECK(RingTensor::empty({4, 0}).numel() == 0);
}

TEST_CASE("arithmetic wraps mod 2^64 and broadcasts") {
  CHECK((kEdges + ring({1})).equal(ring({1, 2, 0, INT64_MIN, INT64_MIN + 1, 0x123456789abcdef1})));
  CHECK((kEdges - ring({1})).equal(ring({-1, 0, -2, INT64_MAX - 1, INT64_MAX, 0x123456789abcdeef})));
  CHECK((-kEdges).equal(ring({0, -1, 1, INT64_MIN + 1, INT64_MIN, -0x123456789abcdef0})));
  CHECK((kEdges * kEdges).equal(ring({0, 1, 1, 1, 0, static_cast<int64_t>(0xa5e20890f2a52100)})));
  CHECK((kEdges * -2).equal(ring({0, -2, 2, 2, 0, -0x2468acf13579bde0})));
  CHECK((ring({1, 2}) + RingTensor(at::ones({3, 1}, at::kLong))).sizes() == at::IntArrayRef({3, 2}));
}

TEST_CASE("shifts and masks treat words as unsigned or signed as they say") {
  CHECK(shift_right_logical(kEdges, 4).equal(ring({0, 0, 0x0fffffffffffffff, 0x07ffffffffffffff, 0x0800000000000000, 0x0123456789abcdef})));
  CHECK(shift_right_arithmetic(kEdges, 4).equal(ring({0, 0, -1, 0x07ffffffffffffff, INT64_MIN / 16, 0x0123456789abcdef})));
  CHECK(shift_right_logical(kEdges, 63).equal(ring({0, 0, 1, 0, 1, 0})));
  CHECK(shift_right_arithmetic(kEdges, 63).equal(ring({0, 0, -1, 0, -1, 0})));
  CHECK(low_bits(kEdges, 8).equal(ring({0, 1, 255, 255, 0, 0xf0})));
  CHECK(low_bits(kEdges, 63).equal(ring({0, 1, INT64_MAX, INT64_MAX, 0, 0x123456789abcdef0})));
  CHECK(low_bits(kEdges, 64).equal(kEdges));
  CHECK(shift_right_logical(kEdges, 0).equal(kEdges));
  CHECK(shift_right_arithmetic(kEdges, 0).equal(kEdges));
  for (const int bits : {-1, 64}) {
    CHECK_THROWS_AS(shift_right_logical(kEdges, bits), InvalidArgument);
    CHECK_THROWS_AS(shift_right_arithmetic(kEdges, bits), InvalidArgument);
  }
  CHECK_THROWS_AS(low_bits(kEdges, 0), InvalidArgument);
  CHECK_THROWS_AS(low_bits(kEdges, 65), InvalidArgument);
}
