// Sine and cosine of public angles, in integers only. Shares are uniform: a coefficient that differs in its last bit between two parties, devices or a retry of the dealer
// does not cost the result's last digit, it destroys the result. So there is no floating point here, and one way to compute: every compiler and machine gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten {

inline constexpr int kPhasorBits = 30;  // fractional bits of a phasor

struct Phasor {
  int64_t cosine = 0, sine = 0;  // in units of 2^-30, of absolute value at most 2^30
  constexpr bool operator==(const Phasor& other) const { return cosine == other.cosine && sine == other.sine; }  // nvcc compiles this as C++17
};

namespace trigonometry {

// (π/2)^k / k! with alternating signs, rounded to 30 fractional bits: Taylor's series of cos (even k) and sin (odd k) in quarter turns. On half a quarter turn, what follows
// the last term is below 2^-33.
inline constexpr int64_t kCosine[6]{1073741824, -1324675879, 272375560, -22401992, 987048, -27060};
inline constexpr int64_t kSine[6]{1686629713, -693598668, 85569306, -5026995, 172272, -3864};

// Σ coefficients[i] · t2^i; t2 has 32 fractional bits and is at most 1/4.
CRYPTEN_HOST_DEVICE constexpr int64_t horner(const int64_t (&coefficients)[6], int64_t t2) {
  int64_t sum = coefficients[5];
  for (int i = 4; i >= 0; --i) sum = coefficients[i] + ((sum * t2 + (int64_t{1} << 31)) >> 32);
  return sum;
}

}  // namespace trigonometry

// cos and sin of `angle` · 2^-32 turns, each within 2^-29.
CRYPTEN_HOST_DEVICE constexpr Phasor phasor(uint32_t angle) {
  // Copies: code of a device cannot name the arrays themselves.
  constexpr int64_t cosine[6]{trigonometry::kCosine[0], trigonometry::kCosine[1], trigonometry::kCosine[2], trigonometry::kCosine[3], trigonometry::kCosine[4], trigonometry::kCosine[5]};
  constexpr int64_t sine[6]{trigonometry::kSine[0], trigonometry::kSine[1], trigonometry::kSine[2], trigonometry::kSine[3], trigonometry::kSine[4], trigonometry::kSine[5]};
  const uint32_t quarter = (angle + (uint32_t{1} << 29)) >> 30;                 // the nearest, mod 4
  const int64_t t = static_cast<int32_t>(angle - (quarter << 30));              // in quarter turns, 30 fractional bits, at most 1/2
  const int64_t t2 = (t * t + (int64_t{1} << 27)) >> 28;
  const int64_t c = trigonometry::horner(cosine, t2);
  const int64_t s = (trigonometry::horner(sine, t2) * t + (int64_t{1} << 29)) >> 30;
  const int64_t x = quarter & 1 ? s : c, y = quarter & 1 ? c : s;               // a quarter turn: (c, s) → (−s, c)
  return {quarter == 1 || quarter == 2 ? -x : x, quarter >= 2 ? -y : y};
}

// The sum of both angles: k-fold angles one after the other, each step adding at most 2^-29.
CRYPTEN_HOST_DEVICE constexpr Phasor operator*(const Phasor& a, const Phasor& b) {
  constexpr int64_t half = int64_t{1} << (kPhasorBits - 1);
  return {(a.cosine * b.cosine - a.sine * b.sine + half) >> kPhasorBits, (a.cosine * b.sine + a.sine * b.cosine + half) >> kPhasorBits};
}

// value / 2^bits, rounded half up. bits ≥ 1.
CRYPTEN_HOST_DEVICE constexpr int64_t rounded_shift(int64_t value, int bits) { return (value + (int64_t{1} << (bits - 1))) >> bits; }

// A number with `from` fractional bits as one with `to`, rounded half up.
constexpr int64_t rescaled(int64_t value, int from, int to) { return to >= from ? value * (int64_t{1} << (to - from)) : rounded_shift(value, from - to); }

}  // namespace crypten
