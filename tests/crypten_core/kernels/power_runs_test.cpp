#include "crypten_core/kernels/power_runs.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// One more behind the last that must stay.
struct Powers {
  std::vector<uint64_t> mantissas;
  std::vector<int64_t> exponents;
  explicit Powers(size_t count) : mantissas(count + 1, 7), exponents(count + 1, 7) {}
  PowerRun run() { return {mantissas.data(), exponents.data()}; }
  PowerOfTwo operator[](size_t i) const { return {mantissas[i], static_cast<int>(exponents[i])}; }
  bool kept() const { return mantissas.back() == 7 && exponents.back() == 7; }
};

// Neighbours of all multiples of 2^-6, where the next entry of the table begins and exponents become whole, and random ones.
std::vector<int64_t> exponents_of_all_kinds() {
  std::vector<int64_t> exponents;
  for (int64_t entry = -128 * 64; entry < 128 * 64; ++entry)
    for (const int64_t step : {-1, 0, 1})
      exponents.push_back(static_cast<int64_t>((static_cast<uint64_t>(entry) << (kExponentBits - 6)) + static_cast<uint64_t>(step)));
  std::mt19937_64 random(11);
  for (int i = 0; i < 50'000; ++i) exponents.push_back(static_cast<int64_t>(random()));
  return exponents;
}

bool gives_powers(const PowerRuns& runs, const std::vector<int64_t>& exponents) {
  Powers out(exponents.size());
  runs.powers(exponents.data(), out.run(), exponents.size());
  bool right = out.kept();
  for (size_t i = 0; i < exponents.size(); ++i) {
    const auto expected = power_of_two(exponents[i]);
    right &= out.mantissas[i] == expected.mantissa && out.exponents[i] == expected.exponent;
  }
  return right;
}

bool gives_rounded_products(const PowerRuns& runs, Powers& powers, const PowerOfTwo& factor) {
  const size_t count = powers.mantissas.size() - 1;
  std::vector<uint64_t> out(count + 1, 7);
  runs.rounded_products(powers.run(), factor, out.data(), count);
  bool right = out.back() == 7;
  for (size_t i = 0; i < count; ++i) right &= out[i] == rounded_product(powers[i], factor);
  return right;
}

}  // namespace

TEST_CASE("powers of runs of exponents are those of each exponent, on each path") {
  const auto exponents = exponents_of_all_kinds();
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    const PowerRuns& runs = *kPowerRuns[path];
    CHECK(gives_powers(runs, exponents));
    for (size_t count = 0; count < 20; ++count) CHECK(gives_powers(runs, {exponents.end() - static_cast<std::ptrdiff_t>(count), exponents.end()}));
  }
}

TEST_CASE("rounded products of runs of powers are those of each power, on each path, whatever they are shifted by") {
  Powers powers(0);
  std::mt19937_64 random(12);
  for (int64_t exponent = -140; exponent <= 140; ++exponent) {
    for (const uint64_t mantissa : {uint64_t{1} << 62, (uint64_t{1} << 63) - 1, (uint64_t{1} << 62) + (random() >> 2)}) {
      powers.mantissas.push_back(mantissa);
      powers.exponents.push_back(exponent);
    }
  }
  powers.mantissas.push_back(7), powers.exponents.push_back(7);
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    const PowerRuns& runs = *kPowerRuns[path];
    for (const int exponent : {-100, -3, -1, 0, 1, 2, 61, 62, 63, 100})
      for (const uint64_t mantissa : {uint64_t{1} << 62, (uint64_t{1} << 63) - 1, uint64_t{0x5A827999FCEF3242}})
        CHECK(gives_rounded_products(runs, powers, {mantissa, exponent}));
    for (size_t count = 0; count < 20; ++count) {
      Powers few(count);
      for (size_t i = 0; i < count; ++i) few.mantissas[i] = powers.mantissas[300 + i], few.exponents[i] = powers.exponents[300 + i];
      CHECK(gives_rounded_products(runs, few, {}));
    }
  }
}
