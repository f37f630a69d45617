#include "crypten_core/power_of_two.h"

#include <array>
#include <cstddef>

namespace crypten {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

constexpr int kTableBits = 6;
constexpr uint64_t kOne = uint64_t{1} << 62;
constexpr uint64_t kLn2 = 0xB17217F7D1CF79AB;    // ln 2 · 2^64
constexpr uint64_t kLog2e = 0x5C551D94AE0BF85D;  // log2(e) · 2^62

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

constexpr uint64_t multiply(uint64_t a, uint64_t b) { return static_cast<uint64_t>((static_cast<Wide>(a) * b) >> 62); }

// 2^(i / 64) with 62 fractional bits.
constexpr std::array<uint64_t, 1 << kTableBits> powers() {
  std::array<uint64_t, 1 << kTableBits> table{};
  table[0] = kOne;
  uint64_t root = 2 * kOne;
  for (int bit = kTableBits - 1; bit >= 0; --bit) {
    root = square_root(root);  // 2^(2^bit / 64)
    for (std::size_t i = 0; i < table.size(); i += std::size_t{2} << bit) table[i + (std::size_t{1} << bit)] = multiply(table[i], root);
  }
  return table;
}
constexpr auto kPowers = powers();

}  // namespace

int64_t exponent_of_e(int64_t numerator, int shift) {
  return static_cast<int64_t>((static_cast<SignedWide>(numerator) * static_cast<SignedWide>(kLog2e)) >> (62 - kExponentBits + shift));
}

int64_t exponent_of(uint64_t number) {
  const int top = 63 - __builtin_clzll(number);
  auto mantissa = top > 62 ? number >> 1 : number << (62 - top);
  int64_t exponent = top;
  for (int bit = 0; bit < kExponentBits; ++bit) {  // squaring doubles the logarithm, whose next bit comes before the point
    const Wide square = static_cast<Wide>(mantissa) * mantissa >> 62;
    const bool set = square >> 63 != 0;
    mantissa = static_cast<uint64_t>(square >> (set ? 1 : 0));
    exponent = 2 * exponent + (set ? 1 : 0);
  }
  return exponent;
}

PowerOfTwo power_of_two(int64_t exponent) {
  constexpr uint64_t kFraction = (uint64_t{1} << kExponentBits) - 1, kRest = kFraction >> kTableBits;
  const uint64_t fraction = static_cast<uint64_t>(exponent) & kFraction;
  const auto rest = static_cast<uint64_t>((static_cast<Wide>((fraction & kRest) << 6) * kLn2) >> 64);  // r · ln 2, 62 fractional bits
  uint64_t sum = kOne;  // e^rest = 1 + rest·(1 + rest/2·(1 + rest/3·(1 + …)))
  for (uint64_t k = 5; k >= 1; --k) sum = kOne + multiply(rest, sum) / k;
  return {multiply(kPowers[fraction >> (kExponentBits - kTableBits)], sum), static_cast<int>(exponent >> kExponentBits)};
}

}  // namespace crypten
