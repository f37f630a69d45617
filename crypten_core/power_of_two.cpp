#include "crypten_core/power_of_two.h"

namespace crypten {
namespace {

__extension__ using SignedWide = __int128;

constexpr uint64_t kLog2e = 0x5C551D94AE0BF85D;  // log2(e) · 2^62

}  // namespace

int64_t exponent_of_e(int64_t numerator, int shift) {
  return static_cast<int64_t>((static_cast<SignedWide>(numerator) * static_cast<SignedWide>(kLog2e)) >> (62 - kExponentBits + shift));
}

int64_t exponent_of(uint64_t number) {
  const int top = 63 - __builtin_clzll(number);
  auto mantissa = top > 62 ? number >> 1 : number << (62 - top);
  int64_t exponent = top;
  for (int bit = 0; bit < kExponentBits; ++bit) {  // squaring doubles the logarithm, whose next bit comes before the point
    const powers_of_two::Wide square = static_cast<powers_of_two::Wide>(mantissa) * mantissa >> 62;
    const bool set = square >> 63 != 0;
    mantissa = static_cast<uint64_t>(square >> (set ? 1 : 0));
    exponent = 2 * exponent + (set ? 1 : 0);
  }
  return exponent;
}

}  // namespace crypten
