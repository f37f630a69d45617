// Powers of two with fractional exponents, in integers only: the same words on every machine, whatever its libm, compiler flags or vector width.
// Shares are uniform, so a public factor that differs by one unit between two parties destroys a result, not its last digit: no floating point may have a part in it.
// Method: 2^(i/64) from a table (made at compile time by integer square roots), times e^(r·ln 2), r < 1/64, by five terms of its series.
// Relative error of a mantissa: below 2^-47 (tested against long double).
#pragma once

#include <cstdint>

namespace crypten {

// Exponents are fixed-point numbers with 56 fractional bits: −128 < exponent < 128.
inline constexpr int kExponentBits = 56;
constexpr int64_t whole_exponent(int exponent) { return static_cast<int64_t>(exponent) * (int64_t{1} << kExponentBits); }
// numerator · log2(e) / 2^shift as an exponent, rounded down: e^(numerator / 2^shift) = 2^that. |result| below 128.
int64_t exponent_of_e(int64_t numerator, int shift);

// log2(number) as an exponent, within 2^-54: 2^that = number. number ≥ 1.
int64_t exponent_of(uint64_t number);

// mantissa · 2^(exponent − 62), mantissa in [2^62, 2^63).
struct PowerOfTwo {
  uint64_t mantissa = uint64_t{1} << 62;
  int exponent = 0;
};
PowerOfTwo power_of_two(int64_t exponent);

// The product of the two, rounded to the nearest integer, half up. From 2^63 on: 2^63, so that a value out of its domain cannot cross the ring in a shift.
inline uint64_t rounded_product(const PowerOfTwo& a, const PowerOfTwo& b) {
  __extension__ using Wide = unsigned __int128;
  const auto mantissa = static_cast<uint64_t>((static_cast<Wide>(a.mantissa) * b.mantissa) >> 62);  // [2^62, 2^64)
  const int shift = 62 - a.exponent - b.exponent;
  if (shift > 64) return 0;
  if (shift == 64) return mantissa >> 63;
  if (shift > 0) return (mantissa >> shift) + (mantissa >> (shift - 1) & 1);
  return shift < 0 || mantissa >> 63 ? uint64_t{1} << 63 : mantissa;
}
inline uint64_t rounded(const PowerOfTwo& a) { return rounded_product(a, {}); }

}  // namespace crypten
