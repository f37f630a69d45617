#include "crypten_core/power_of_two.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace crypten;

namespace {

long double real(const PowerOfTwo& power) { return std::ldexp(static_cast<long double>(power.mantissa), power.exponent - 62); }

}  // namespace

TEST_CASE("powers of two: relative error below 2^-47, mantissas in [1, 2)") {
  std::mt19937_64 engine(3);
  long double worst = 0;
  bool normal = true;
  for (int i = 0; i < 300'000; ++i) {
    const auto exponent = i < 2000 ? whole_exponent(i % 64) / 64 + i / 1000 - 1 : static_cast<int64_t>(engine()) >> 1;
    const auto power = power_of_two(exponent);
    worst = std::max(worst, std::abs(real(power) / std::exp2(std::ldexp(static_cast<long double>(exponent), -kExponentBits)) - 1));
    normal = normal && power.mantissa >> 62 == 1;
  }
  CHECK(worst < 0x1p-47L);
  CHECK(normal);
}

TEST_CASE("powers of two: known words, so that no build of the library can differ") {
  CHECK(power_of_two(0).mantissa == uint64_t{1} << 62);
  const auto rounded = [](const PowerOfTwo& power) { return rounded_product(power, {}); };
  CHECK(rounded(power_of_two(whole_exponent(40))) == uint64_t{1} << 40);
  CHECK(rounded(power_of_two(whole_exponent(-1))) == 1);  // half up
  CHECK(rounded(power_of_two(whole_exponent(-1) - 64)) == 0);
  CHECK(rounded(power_of_two(whole_exponent(-90))) == 0);
  CHECK(rounded(power_of_two(whole_exponent(62))) == uint64_t{1} << 62);
  CHECK(rounded(power_of_two(whole_exponent(63))) == uint64_t{1} << 63);
  CHECK(rounded(power_of_two(whole_exponent(120))) == uint64_t{1} << 63);
  CHECK(rounded(power_of_two(whole_exponent(1) / 2 + whole_exponent(40))) == 1554944255988);  // √2 · 2^40
  CHECK(rounded(power_of_two(exponent_of_e(1, 0) + whole_exponent(30))) == 2918732889);       // e · 2^30
  CHECK(rounded(power_of_two(exponent_of_e(-5 << 16, 16) + whole_exponent(40))) == 7408451073);  // e^-5 · 2^40
  uint64_t digest = 0;  // of many words: every operation is an integer one
  for (int64_t i = 0; i < 100'000; ++i) digest = digest * 0x9E3779B97F4A7C15 + power_of_two(i * 0x1234567890AB).mantissa;
  CHECK(digest == 0x79803128370a62f9);
}

TEST_CASE("a rounded product is the product, to half a unit") {
  std::mt19937_64 engine(4);
  long double worst = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto a = power_of_two(static_cast<int64_t>(engine() % (uint64_t{30} << kExponentBits)));
    const auto b = power_of_two(static_cast<int64_t>(engine() % (uint64_t{40} << kExponentBits)) - whole_exponent(10));
    const long double exact = real(a) * real(b);
    worst = std::max(worst, std::abs(static_cast<long double>(rounded_product(a, b)) - exact) - exact * 0x1p-60L);
  }
  CHECK(worst <= 0.5L);
  CHECK(rounded_product(power_of_two(whole_exponent(31)), power_of_two(whole_exponent(31))) == uint64_t{1} << 62);
  CHECK(rounded_product(power_of_two(whole_exponent(32)), power_of_two(whole_exponent(31))) == uint64_t{1} << 63);
  CHECK(rounded_product(power_of_two(whole_exponent(-1)), power_of_two(whole_exponent(0))) == 1);
  CHECK(rounded_product(power_of_two(whole_exponent(-1)), power_of_two(whole_exponent(-1))) == 0);
}

TEST_CASE("exponents of whole numbers are their logarithms") {
  long double worst = 0;
  for (uint64_t number = 1; number < uint64_t{1} << 62; number += number / 7 + 1)
    worst = std::max(worst, std::abs(std::ldexp(static_cast<long double>(exponent_of(number)), -kExponentBits) - std::log2(static_cast<long double>(number))));
  CHECK(worst < 0x1p-54L);
  CHECK(exponent_of(uint64_t{1} << 63) == whole_exponent(63));
  CHECK(exponent_of(1024) == whole_exponent(10));
}
