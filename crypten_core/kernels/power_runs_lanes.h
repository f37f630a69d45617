// The bodies of kernels/power_runs.h over registers: included by the source of each instruction set. Less than a register is left to the portable version, so
// that no function that others share is compiled here. `Registers` says what an instruction set has:
//   Words, Numbers                           vectors of uint64_t and of int64_t, of one size
//   low_products(a, b)                       Words: of the low 32 bits of each word
//   shifted_right(a, counts)                 a_i >> counts_i, 0 where the count, as an unsigned number, is 64 or more
//   gathered(table, places)                  table[places_i]
#pragma once

#include "crypten_core/kernels/lanes.h"
#include "crypten_core/kernels/power_runs.h"
#include "crypten_core/power_of_two.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

constexpr powers_of_two::Table kPowerTable = powers_of_two::powers();

template <class Registers>
struct PowerLanes {
  using Words = typename Registers::Words;
  using Numbers = typename Registers::Numbers;
  static constexpr size_t kWords = sizeof(Words) / 8;
  static constexpr uint64_t kLow = 0xffffffff;

  static Words all(uint64_t word) { return Words{} + word; }

  // The product of two words, of 128 bits.
  struct Product {
    Words high, middle;  // bits 64 … 127; bits 32 … 63 in the low half

    // Bits 62 … 125.
    Words shifted() const { return high << 2 | (middle >> 30 & 3); }
  };
  static Product product(Words a, Words b) {
    const Words a_high = a >> 32, b_high = b >> 32;
    const Words first = Registers::low_products(a, b_high) + (Registers::low_products(a, b) >> 32);
    const Words second = Registers::low_products(a_high, b) + (first & kLow);
    return {Registers::low_products(a_high, b_high) + (first >> 32) + (second >> 32), second};
  }
  static Words multiplied(Words a, Words b) { return product(a, b).shifted(); }

  // power_of_two(), step by step.
  static void powers(const int64_t* exponents, PowerRun out, size_t count) {
    constexpr uint64_t kFraction = (uint64_t{1} << kExponentBits) - 1, kRest = kFraction >> powers_of_two::kTableBits;
    // x / 3 = x · kThird / 2^65 and x / 5 = x · kFifth / 2^66, rounded down, for every word.
    constexpr uint64_t kThird = 0xAAAAAAAAAAAAAAAB, kFifth = 0xCCCCCCCCCCCCCCCD;
    size_t i = 0;
    for (; i + kWords <= count; i += kWords) {
      Words words;
      std::memcpy(&words, exponents + i, sizeof words);
      const Words fraction = words & kFraction, rest = product((fraction & kRest) << powers_of_two::kTableBits, all(powers_of_two::kLn2)).high;
      Words sum = (product(rest, all(kFifth)).high >> 2) + powers_of_two::kOne;
      sum = (multiplied(rest, sum) >> 2) + powers_of_two::kOne;
      sum = (product(multiplied(rest, sum), all(kThird)).high >> 1) + powers_of_two::kOne;
      sum = (multiplied(rest, sum) >> 1) + powers_of_two::kOne;
      sum = multiplied(rest, sum) + powers_of_two::kOne;
      store(out.mantissas + i, multiplied(Registers::gathered(kPowerTable.entries, fraction >> (kExponentBits - powers_of_two::kTableBits)), sum));
      const Numbers whole = reinterpret_cast<Numbers>(words) >> kExponentBits;
      std::memcpy(out.exponents + i, &whole, sizeof whole);
    }
    kPowerRunsPortable.powers(exponents + i, {out.mantissas + i, out.exponents + i}, count - i);
  }

  static void rounded_products(PowerRun powers, const PowerOfTwo& factor, uint64_t* out, size_t count) {
    constexpr uint64_t kTop = uint64_t{1} << 63;
    const Words mantissa_of_factor = all(factor.mantissa);
    size_t i = 0;
    for (; i + kWords <= count; i += kWords) {
      const Words mantissa = multiplied(load<Words>(powers.mantissas + i), mantissa_of_factor);
      Numbers exponents;
      std::memcpy(&exponents, powers.exponents + i, sizeof exponents);
      const Numbers shift = 62 - factor.exponent - exponents;
      const auto places = reinterpret_cast<Words>(shift);
      const Words rounded = Registers::shifted_right(mantissa, places) + (Registers::shifted_right(mantissa, places - 1) & 1);
      // From 2^63 on: shift < 0, or 0 and the mantissa's top bit set.
      const auto top_bit_set = reinterpret_cast<Words>(reinterpret_cast<Numbers>(mantissa) < 0);
      const auto beyond = reinterpret_cast<Words>(shift < 0) | (reinterpret_cast<Words>(shift == 0) & top_bit_set);
      store(out + i, (rounded & ~beyond) | (beyond & kTop));
    }
    kPowerRunsPortable.rounded_products({powers.mantissas + i, powers.exponents + i}, factor, out + i, count - i);
  }

  static constexpr PowerRuns runs() { return {powers, rounded_products}; }
};

}  // namespace
}  // namespace crypten
