#include "crypten_core/kernels/public_operand.h"

#include <catch2/catch.hpp>

using namespace crypten;

TEST_CASE("only a path of digits has kernels for a narrow operand, and only for a public one") {
  const PublicOperand left(PublicOperand::left, 3), right(PublicOperand::right, 3);
  CHECK(&for_public(kRingKernelsPortable, left) == &kRingKernelsPortable);
  CHECK(&for_public(kRingKernelsAmx, PublicOperand::none) == &kRingKernelsAmx);
  const RingKernels &of_a = for_public(kRingKernelsAmx, left), &of_b = for_public(kRingKernelsAmx, right);
  CHECK(of_a.block != kRingKernelsAmx.block);
  CHECK(of_b.block != kRingKernelsAmx.block);
  CHECK(of_a.block != of_b.block);
  CHECK(for_public(kRingKernelsAmx, PublicOperand::left).block == kRingKernelsAmx.block);
}

TEST_CASE("operands that are exchanged keep what is known of them") {
  const auto right = exchanged({PublicOperand::left, 7});
  CHECK(right.which == PublicOperand::right);
  CHECK(right.right_bits() == 7);
  CHECK(right.left_bits() == 64);
  CHECK(exchanged(right).left_bits() == 7);
  CHECK(exchanged(PublicOperand::none).which == PublicOperand::none);
  CHECK(PublicOperand().right_bits() == 64);
}
