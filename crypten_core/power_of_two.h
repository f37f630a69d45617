// Powers of two with fractional exponents, in integers only: the same words on every machine, whatever its libm, compiler flags or vector width.
// Shares are uniform, so a public factor that differs by one unit between two parties destroys a result, not its last digit: no floating point may have a part in it.
// Method: 2^(i/64) from a table (made at compile time by integer square roots), times e^(r·ln 2), r < 1/64, by five terms of its series.
// Relative error of a mantissa: below 2^-47 (tested against long double).
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten {

// Exponents are fixed-point numbers with 56 fractional bits: −128 < exponent < 128.
inline constexpr int kExponentBits = 56;
constexpr int64_t whole_exponent(int exponent) { return static_cast<int64_t>(exponent) * (int64_t{1} << kExponentBits); }
// numerator · log2(e) / 2^shift as an exponent, rounded down: e^(numerator / 2^shift) = 2^that. |result| below 128.
int64_t exponent_of_e(int64_t numerator, int shift);

// log2(number) as an exponent, within 2^-54: 2^that = number. number ≥ 1.
int64_t exponent_of(uint64_t number);

namespace powers_of_two {

__extension__ using Wide = unsigned __int128;

inline constexpr int kTableBits = 6;
inline constexpr uint64_t kOne = uint64_t{1} << 62;
inline constexpr uint64_t kLn2 = 0xB17217F7D1CF79AB;  // ln 2 · 2^64

// ⌊√(value · 2^62)⌋ for a number of 62 fractional bits below 2: again one.
constexpr uint64_t square_root(uint64_t value) {
  const Wide square = static_cast<Wide>(value) << 62;
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 63; bit != 0; bit >>= 1) {
    const uint64_t next = root | bit;
    if (static_cast<Wide>(next) * next <= square) root = next;
  }
  return root;
}

CRYPTEN_HOST_DEVICE constexpr uint64_t multiply(uint64_t a, uint64_t b) { return static_cast<uint64_t>((static_cast<Wide>(a) * b) >> 62); }

struct Table {
  uint64_t entries[1 << kTableBits];
};
// 2^(i / 64) with 62 fractional bits.
constexpr Table powers() {
  Table table{};
  table.entries[0] = kOne;
  uint64_t root = 2 * kOne;
  for (int bit = kTableBits - 1; bit >= 0; --bit) {
    root = square_root(root);  // 2^(2^bit / 64)
    for (int i = 0; i < 1 << kTableBits; i += 2 << bit) table.entries[i + (1 << bit)] = multiply(table.entries[i], root);
  }
  return table;
}

}  // namespace powers_of_two

// mantissa · 2^(exponent − 62), mantissa in [2^62, 2^63).
struct PowerOfTwo {
  uint64_t mantissa = uint64_t{1} << 62;
  int exponent = 0;
};

CRYPTEN_HOST_DEVICE PowerOfTwo power_of_two(int64_t exponent) {
  using namespace powers_of_two;
  static constexpr Table kPowers = powers();  // code of a device cannot name an array outside of its function
  constexpr uint64_t kFraction = (uint64_t{1} << kExponentBits) - 1, kRest = kFraction >> kTableBits;
  const uint64_t fraction = static_cast<uint64_t>(exponent) & kFraction;
  const auto rest = static_cast<uint64_t>((static_cast<Wide>((fraction & kRest) << kTableBits) * kLn2) >> 64);  // r · ln 2, 62 fractional bits
  uint64_t sum = kOne;  // e^rest = 1 + rest·(1 + rest/2·(1 + rest/3·(1 + …)))
  CRYPTEN_UNROLL
  for (uint64_t k = 5; k >= 1; --k) sum = kOne + multiply(rest, sum) / k;
  return {multiply(kPowers.entries[fraction >> (kExponentBits - kTableBits)], sum), static_cast<int>(exponent >> kExponentBits)};
}

// The product of the two, rounded to the nearest integer, half up. From 2^63 on: 2^63, so that a value out of its domain cannot cross the ring in a shift.
CRYPTEN_HOST_DEVICE uint64_t rounded_product(const PowerOfTwo& a, const PowerOfTwo& b) {
  const auto mantissa = powers_of_two::multiply(a.mantissa, b.mantissa);  // [2^62, 2^64)
  const int shift = 62 - a.exponent - b.exponent;
  if (shift > 64) return 0;
  if (shift == 64) return mantissa >> 63;
  if (shift > 0) return (mantissa >> shift) + (mantissa >> (shift - 1) & 1);
  return shift < 0 || mantissa >> 63 ? uint64_t{1} << 63 : mantissa;
}

}  // namespace crypten
