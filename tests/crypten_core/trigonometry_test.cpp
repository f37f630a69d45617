#include "crypten_core/trigonometry.h"

#include <catch2/catch.hpp>
#include <array>
#include <cmath>
#include <utility>

using namespace crypten;

namespace {

constexpr long double kTurn = 2 * 3.14159265358979323846264338327950288L;

struct Worst {
  double cosine = 0, sine = 0;
  void see(const Phasor& p, long double turns) {
    cosine = std::max(cosine, std::abs(static_cast<double>(std::ldexp(static_cast<long double>(p.cosine), -kPhasorBits) - std::cos(kTurn * turns))));
    sine = std::max(sine, std::abs(static_cast<double>(std::ldexp(static_cast<long double>(p.sine), -kPhasorBits) - std::sin(kTurn * turns))));
  }
};

}  // namespace

// Evaluated by the compiler: what another machine or another build must give too.
static_assert(phasor(0) == Phasor{1 << 30, 0});
static_assert(phasor(1u << 30) == Phasor{0, 1 << 30});
static_assert(phasor(2u << 30) == Phasor{-(1 << 30), 0});
static_assert(phasor(3u << 30) == Phasor{0, -(1 << 30)});

TEST_CASE("Sines in integers: known answers", "[core][trigonometry]") {
  // From this code, once compared with the real functions (next test): any machine, compiler or device that gives other bits is wrong.
  const std::array<std::pair<uint32_t, Phasor>, 6> known{{
      {1u, {1073741824, 2}},
      {305419896u, {968335302, 463948539}},
      {805306367u, {410903208, 992008094}},
      {1610612736u, {-759250125, 759250125}},
      {2654435769u, {-791743805, -725302180}},
      {4294967295u, {1073741824, -2}},
  }};
  for (const auto& [angle, expected] : known) {
    const auto found = phasor(angle);
    CAPTURE(angle, found.cosine, found.sine);
    CHECK(bool(found == expected));
  }
  // A digest of many, so that a difference anywhere shows.
  uint64_t digest = 0;
  for (uint32_t i = 0; i < 100'000; ++i) {
    const auto p = phasor(i * 2654435761u), squared = p * p;
    for (const int64_t value : {p.cosine, p.sine, squared.cosine, squared.sine}) digest = (digest ^ static_cast<uint64_t>(value)) * 0x9E3779B97F4A7C15u;
  }
  CHECK(digest == 236989879868883012u);
}

TEST_CASE("Sines in integers: every angle within 2^-29, multiples within 2^-28 each step", "[core][trigonometry]") {
  Worst single, multiples;
  for (uint64_t i = 0; i < (uint64_t{1} << 20) + 1; ++i) {
    // Dense over the turn, with the neighbours of the octants' ends.
    const auto angle = static_cast<uint32_t>((i << 12) + (i % 3) - 1);
    single.see(phasor(angle), std::ldexp(static_cast<long double>(angle), -32));
  }
  CHECK(single.cosine < 0x1p-29);
  CHECK(single.sine < 0x1p-29);
  double worst_per_step = 0;
  for (uint32_t i = 0; i < 5000; ++i) {
    const uint32_t angle = i * 2654435761u;
    const auto one = phasor(angle);
    auto multiple = one;
    for (uint32_t k = 2; k <= 64; ++k) {
      multiple = multiple * one;
      Worst at;
      at.see(multiple, std::ldexp(static_cast<long double>(angle * k), -32));
      worst_per_step = std::max(worst_per_step, std::max(at.cosine, at.sine) / k);
    }
  }
  CHECK(worst_per_step < 0x1p-28);
}

TEST_CASE("Taylor's coefficients are what they say", "[core][trigonometry]") {
  long double term = 1;  // (π/2)^k / k!
  for (size_t k = 0; k < 12; ++k) {
    const auto expected = static_cast<int64_t>(std::llround(term * (1 << kPhasorBits))) * (k / 2 % 2 == 0 ? 1 : -1);
    CHECK((k % 2 == 0 ? trigonometry::kCosine : trigonometry::kSine)[k / 2] == expected);
    term *= kTurn / 4 / static_cast<long double>(k + 1);
  }
}

TEST_CASE("Rounded shifts", "[core][trigonometry]") {
  for (int64_t value = -1000; value <= 1000; ++value) CHECK(rounded_shift(value, 4) == static_cast<int64_t>(std::floor(static_cast<double>(value) / 16 + 0.5)));
}
