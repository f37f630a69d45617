// Trigonometric series of a shared angle from one opening of it.
//
// U = a − λ is opened modulo one turn; then Σ_k A_k cos k·a + B_k sin k·a is local, since cos k(U + λ) and sin k(U + λ) are sums of products of public sines of kU with sines of
// kλ, which the dealer shares. Any smooth function on an interval is such a sum of few terms with a freely chosen period (Fourier extension; the coefficients in the tables
// are minimax fits). Sources: Boura, Chillotti, Gama, Jetchev, Peceny and Petric, "High-Precision Privacy-Preserving Real-Valued Function Evaluation" (FC 2018): Fourier
// series in the dealer model; SHAFT (NDSS 2025): a Fourier series for GELU.
//
// An angle fills its ring, so its wraps are harmless: each party drops low bits of its own share, which is exact up to n − 1 units of 2^-kAngleBits turns.
#pragma once

#include <span>
#include <vector>

#include "crypten_core/trigonometry.h"
#include "mpc/party.h"

namespace crypten {

inline constexpr int kAngleBits = 28;        // opened of an angle: 3.5 B
inline constexpr int kCoefficientBits = 28;  // fractional bits of the coefficients in the tables

// constant + Σ cosine[i] cos(harmonics[i]·a) + sine[i] sin(harmonics[i]·a). Coefficients: |·| < 16, in units of 2^-kCoefficientBits. Constants of the source: equal on all parties.
struct Series {
  int64_t constant = 0;
  std::vector<int> harmonics;         // ascending, 1 … 256
  std::vector<int64_t> cosine, sine;  // one for each harmonic
};

// The opening of an angle: `share` holds it modulo 2^bits, where 2^bits is one turn. 3.5 B an element, in the round in which it is opened. Opens: the angle's top 28 bits − λ.
// In rings (or of angles) of fewer bits: all of them.
MaskedPtr mask_angle(Party& party, const RingTensor& share, int bits);
// The same of an angle that is not computed yet (mask_ahead in open.h).
MaskedPtr mask_angle_ahead(Party& party, at::IntArrayRef sizes, at::Device device, int bits);
void give_angle(const MaskedPtr& ahead, const RingTensor& share, int bits);

// Series of one angle, of which several may be wanted (sine and cosine): what the dealer says serves all. Requested at construction, evaluated when the angle is open.
// 0 rounds, 0 B; dealer 2 · K · width / 8 B for K harmonics.
class SeriesOfAngle {
 public:
  // `angle` is mask_angle's. Sines have `scale_bits` fractional bits in the dealer's hands and `factor_bits` in public, results scale_bits + factor_bits, modulo 2^width.
  // Throws InvalidArgument: from the request's limits; factor_bits outside 1 … 36.
  SeriesOfAngle(Party& party, MaskedPtr angle, std::vector<int> harmonics, int scale_bits, int factor_bits, int width);
  // Own share, words of which the low `width` bits count. The series has exactly these harmonics. The angle must be open.
  RingTensor evaluate(Party& party, const Series& series) const;

 private:
  // Of a block of elements, from the `first` of all `count`.
  void add_harmonics(std::span<const uint64_t> angles, int64_t first, int64_t count, const Series& series, uint64_t constant, std::span<uint64_t> out) const;

  // On another device than the CPU, where all shares of the harmonics are kept: 16 B for each harmonic of each element.
  RingTensor evaluate_there(const at::Tensor& opened, const Series& series, uint64_t constant) const;
  int up() const { return 32 - angle_->narrow_bits; }
  // Coefficient times phasor, from 2^(kCoefficientBits + kPhasorBits) to 2^factor_bits.
  int down() const { return kCoefficientBits + kPhasorBits - factor_bits_; }

  MaskedPtr angle_;
  std::vector<int> harmonics_;
  int scale_bits_, factor_bits_;
  Dealt dealt_;
};

}  // namespace crypten
