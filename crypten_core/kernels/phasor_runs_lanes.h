// The bodies of kernels/phasor_runs.h over registers: included by the source of each instruction set. Less than a register is left to the portable version, so
// that no function that others share is compiled here. `Registers` says what an instruction set has:
//   Numbers, Angles, Words                   vectors of int32_t, of uint32_t and of uint64_t, all of one size
//   kMultipliesWords                         it multiplies whole words
//   products(a, b)                           Words: of the numbers at even places
//   odd(a)                                   the numbers at odd places, moved to even ones
//   merged(even, odd)                        Numbers: even places of the one, odd places of the other
//   narrowed(low, high)                      Numbers: the low halves of the words, in order
//   widened(from)                            Words: as many signed numbers as there are words in a register
#pragma once

#include "crypten_core/kernels/lanes.h"
#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/trigonometry.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <class Registers>
struct PhasorLanes {
  using Numbers = typename Registers::Numbers;
  using Angles = typename Registers::Angles;
  using Words = typename Registers::Words;
  static constexpr size_t kNumbers = sizeof(Numbers) / 4, kWords = sizeof(Words) / 8;

  static Numbers read(const int32_t* from) {
    Numbers numbers;
    std::memcpy(&numbers, from, sizeof numbers);
    return numbers;
  }
  static void write(int32_t* to, Numbers numbers) { std::memcpy(to, &numbers, sizeof numbers); }
  static PhasorRun from(PhasorRun run, size_t i) { return {run.cosine + i, run.sine + i}; }
  static Numbers all(int32_t number) { return Numbers{} + number; }

  // Sums of products, all of numbers of 32 bits, rounded and shifted right, where the result has 32 bits again: so a shift of unsigned words does.
  template <int kShift>
  static Numbers rounded(Words even, Words odd) {
    constexpr uint64_t half = uint64_t{1} << (kShift - 1);
    return Registers::merged((even + half) >> kShift, (odd + half) << (32 - kShift));
  }
  template <int kShift>
  static Numbers product(Numbers a, Numbers b) {
    return rounded<kShift>(Registers::products(a, b), Registers::products(Registers::odd(a), Registers::odd(b)));
  }

  static Numbers horner(const int64_t (&coefficients)[6], Numbers t2) {
    Numbers sum = all(static_cast<int32_t>(coefficients[5]));
    for (int i = 4; i >= 0; --i) sum = product<32>(sum, t2) + static_cast<int32_t>(coefficients[i]);
    return sum;
  }

  static void phasors(const uint64_t* angles, int up, PhasorRun out, size_t count) {
    size_t i = 0;
    for (; i + kNumbers <= count; i += kNumbers) {
      const auto angle = reinterpret_cast<Angles>(Registers::narrowed(load<Words>(angles + i) << up, load<Words>(angles + i + kWords) << up));
      const Angles quarter = (angle + (uint32_t{1} << 29)) >> 30;
      const auto t = reinterpret_cast<Numbers>(angle - (quarter << 30));
      const Numbers t2 = product<28>(t, t), c = horner(trigonometry::kCosine, t2), s = product<30>(horner(trigonometry::kSine, t2), t);
      const auto swap = reinterpret_cast<Numbers>(-(quarter & 1)), negative_x = reinterpret_cast<Numbers>(-((quarter + 1) >> 1 & 1)),
                 negative_y = reinterpret_cast<Numbers>(-(quarter >> 1));  // all bits set, or none
      const Numbers x = (s & swap) | (c & ~swap), y = (c & swap) | (s & ~swap);
      write(out.cosine + i, (x ^ negative_x) - negative_x), write(out.sine + i, (y ^ negative_y) - negative_y);
    }
    kPhasorRunsPortable.phasors(angles + i, up, from(out, i), count - i);
  }

  static void turn(PhasorRun multiple, PhasorRun one, size_t count) {
    size_t i = 0;
    for (; i + kNumbers <= count; i += kNumbers) {
      const Numbers ac = read(multiple.cosine + i), as = read(multiple.sine + i), bc = read(one.cosine + i), bs = read(one.sine + i);
      const Numbers ac1 = Registers::odd(ac), as1 = Registers::odd(as), bc1 = Registers::odd(bc), bs1 = Registers::odd(bs);
      const auto products = Registers::products;
      write(multiple.cosine + i, rounded<kPhasorBits>(products(ac, bc) - products(as, bs), products(ac1, bc1) - products(as1, bs1)));
      write(multiple.sine + i, rounded<kPhasorBits>(products(ac, bs) + products(as, bc), products(ac1, bs1) + products(as1, bc1)));
    }
    kPhasorRunsPortable.turn(from(multiple, i), from(one, i), count - i);
  }

  // value / 2^down, rounded half up, of signed words: an unsigned shift of values that were raised above zero, since not every CPU has a signed one.
  struct RoundedShift {
    int down;
    uint64_t raise = (uint64_t{1} << 63) + (uint64_t{1} << down >> 1), lower = uint64_t{1} << (63 - down);
    Words operator()(Words value) const { return ((value + raise) >> down) - lower; }
  };

  // Signed numbers of 32 bits in words, times a factor below 2^62 in absolute value.
  static Words times(Words numbers, int64_t factor) {
    if constexpr (Registers::kMultipliesWords) return numbers * static_cast<uint64_t>(factor);
    const auto low = static_cast<int32_t>(factor), high = static_cast<int32_t>((factor - low) >> 32);  // factor = high · 2^32 + low, both signed
    return Registers::products(reinterpret_cast<Numbers>(numbers), all(low)) + (Registers::products(reinterpret_cast<Numbers>(numbers), all(high)) << 32);
  }

  static void add_harmonic(const HarmonicFactors& factors, PhasorRun multiple, const uint64_t* cosine_shares, const uint64_t* sine_shares, uint64_t* sums,
                           size_t count) {
    const int64_t a = factors.a, b = factors.b;
    const RoundedShift shifted{factors.down};
    size_t i = 0;
    for (; i + kWords <= count; i += kWords) {
      const Words cosine = Registers::widened(multiple.cosine + i), sine = Registers::widened(multiple.sine + i);
      const Words of_cosine = shifted(times(cosine, a) + times(sine, b)), of_sine = shifted(times(cosine, b) - times(sine, a));
      store(sums + i, load<Words>(sums + i) + load<Words>(cosine_shares + i) * of_cosine + load<Words>(sine_shares + i) * of_sine);
    }
    kPhasorRunsPortable.add_harmonic(factors, from(multiple, i), cosine_shares + i, sine_shares + i, sums + i, count - i);
  }

  static void scaled(const int32_t* values, int down, uint64_t* out, size_t count) {
    const RoundedShift shifted{down};
    size_t i = 0;
    for (; i + kWords <= count; i += kWords) store(out + i, shifted(Registers::widened(values + i)));
    kPhasorRunsPortable.scaled(values + i, down, out + i, count - i);
  }

  static constexpr PhasorRuns runs() { return {phasors, turn, add_harmonic, scaled}; }
};

}  // namespace
}  // namespace crypten
