#include "crypten_core/kernels/public_operand.h"

#include <catch2/catch.hpp>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("only a path of digits looks at an operand, and only at a public one") {
  const auto small = at::full({4, 4}, int64_t{-3}), b = random_words({4, 4});
  CHECK(&for_public(kRingKernelsPortable, PublicOperand::left, small, b) == &kRingKernelsPortable);
  CHECK(&for_public(kRingKernelsAmx, PublicOperand::none, small, small) == &kRingKernelsAmx);
  const RingKernels& of_a = for_public(kRingKernelsAmx, PublicOperand::left, small, b);
  const RingKernels& of_b = for_public(kRingKernelsAmx, PublicOperand::right, b, small);
  CHECK(of_a.block != kRingKernelsAmx.block);
  CHECK(of_b.block != kRingKernelsAmx.block);
  CHECK(of_a.block != of_b.block);
  CHECK(for_public(kRingKernelsAmx, PublicOperand::left, b, small).block == kRingKernelsAmx.block);
  CHECK(exchanged(PublicOperand::left) == PublicOperand::right);
  CHECK(exchanged(PublicOperand::right) == PublicOperand::left);
  CHECK(exchanged(PublicOperand::none) == PublicOperand::none);
}

TEST_CASE("the bits of a tensor's words are those of its widest") {
  CHECK(signed_bits(at::zeros({3}, at::kLong)) == 1);
  CHECK(signed_bits(at::zeros({0}, at::kLong)) == 1);
  CHECK(signed_bits(at::full({2}, int64_t{-1})) == 1);
  CHECK(signed_bits(at::full({2}, int64_t{-2})) == 2);
  CHECK(signed_bits(at::full({1}, int64_t{5}).expand({3, 2})) == 4);
  CHECK(signed_bits(at::full({1}, int64_t{1} << 30)) == 32);
  CHECK(signed_bits(at::full({1}, int64_t{1} << 31)) == 64);
  CHECK(signed_bits(at::full({1}, INT64_MIN)) == 64);
  auto late = at::zeros({3, 5000}, at::kLong);
  late[2][4999] = int64_t{1} << 40;
  CHECK(signed_bits(late.t()) == 64);
  CHECK(signed_bits(late.slice(1, 0, 10)) == 1);
}
