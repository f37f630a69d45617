#include "mpc/tensor/plain.h"

#include <catch2/catch.hpp>

#include <cmath>

#include "crypten_core/error.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"

using namespace crypten;

namespace {

double relative_error(double number, const Encoded& factor) {
  const double held = std::ldexp(static_cast<double>(factor.words.words().item<int64_t>()), -factor.fraction_bits);
  return std::abs(held - number) / std::abs(number);
}

}  // namespace

TEST_CASE("integers are exact factors and add no fractional bits", "[tensor][plain]") {
  const auto seven = Plain(7).factor(16, 46, at::kCPU);
  CHECK(seven.fraction_bits == 0);
  CHECK(seven.words.words().item<int64_t>() == 7);
  CHECK(Plain(true).factor(16, 46, at::kCPU).words.words().item<int64_t>() == 1);
  const auto tensor = Plain(at::arange(4)).factor(16, 46, at::kCPU);
  CHECK(tensor.fraction_bits == 0);
  CHECK(tensor.words.words().equal(at::arange(4)));
  CHECK(Plain(at::arange(4)).addend_bits(16) == 0);
}

TEST_CASE("a number takes the fewest bits that are exact", "[tensor][plain]") {
  CHECK(Plain(0.25).factor(16, 46, at::kCPU).fraction_bits == 2);
  CHECK(Plain(-3.0).factor(16, 46, at::kCPU).fraction_bits == 0);
  CHECK(Plain(0.0).factor(16, 46, at::kCPU).fraction_bits == 0);
  CHECK(Plain(0.25).addend_bits(16) == 2);
  CHECK(Plain(0.1).addend_bits(16) == 16);
}

TEST_CASE("other numbers keep precision_bits significant bits however small they are", "[tensor][plain]") {
  for (const double number : {1.0 / 3, 0.1, -0.001, 1e-6, 3.14159, 1000.1}) {
    const auto factor = Plain(number).factor(16, 46, at::kCPU);
    CHECK(relative_error(number, factor) <= 0x1p-17);
    CHECK(std::abs(factor.words.words().item<int64_t>()) <= std::ldexp(std::max(1.0, std::abs(number)), 17));
  }
  CHECK(Plain(1e-30).factor(16, 46, at::kCPU).fraction_bits == 46);  // never more than there is room for
}

TEST_CASE("the scale of a tensor follows from its type, not from its values", "[tensor][plain]") {
  for (const auto& tensor : {at::full({3}, 0.5), at::full({3}, 1e-6), at::zeros({3}), at::full({}, 2.0)}) {
    CHECK(Plain(tensor).factor(16, 46, at::kCPU).fraction_bits == 16);
    CHECK(Plain(tensor).addend_bits(16) == 16);
    CHECK_FALSE(Plain(tensor).is_number());
  }
}

TEST_CASE("negation and reciprocal", "[tensor][plain]") {
  CHECK((-Plain(at::ones({2}))).tensor().equal(-at::ones({2})));
  CHECK((-Plain(at::ones({2}, at::kBool))).tensor().equal(-at::ones({2}, at::kLong)));
  CHECK(Plain(4).reciprocal().factor(16, 46, at::kCPU).fraction_bits == 2);
  CHECK(relative_error(1.0 / 1000, Plain(1000).reciprocal().factor(16, 46, at::kCPU)) <= 0x1p-17);
}

TEST_CASE("plaintext operands are checked", "[tensor][plain]") {
  CHECK(code_of<InvalidArgument>([] { Plain{at::Tensor()}; }) == 423);
  CHECK(code_of<InvalidArgument>([] { Plain(0).reciprocal(); }) == 413);
  CHECK(code_of<InvalidArgument>([] { Plain(at::tensor({1.0, 0.0})).reciprocal(); }) == 413);
  CHECK(code_of<InvalidArgument>([] { Plain(at::full({1}, std::nan(""))).encoded(16, at::kCPU); }) == 104);
  CHECK(code_of<InvalidArgument>([] { Plain(std::nan("")).factor(16, 46, at::kCPU); }) == 104);
}
