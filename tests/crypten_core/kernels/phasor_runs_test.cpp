#include "crypten_core/kernels/phasor_runs.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "crypten_core/kernels/series_lanes.h"
#include "crypten_core/trigonometry.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Two runs of numbers, with one more behind each that must stay.
struct Phasors {
  std::vector<int32_t> cosine, sine;
  explicit Phasors(size_t count) : cosine(count + 1, 7), sine(count + 1, 7) {}
  PhasorRun run() { return {cosine.data(), sine.data()}; }
  Phasor operator[](size_t i) const { return {cosine[i], sine[i]}; }
  void set(size_t i, const Phasor& p) { cosine[i] = static_cast<int32_t>(p.cosine), sine[i] = static_cast<int32_t>(p.sine); }
  bool kept() const { return cosine.back() == 7 && sine.back() == 7; }
};

std::vector<uint64_t> random_angles(size_t count) {
  static std::mt19937_64 random(5);
  std::vector<uint64_t> words(count);
  for (auto& word : words) word = random();
  return words;
}

// Neighbours of all multiples of an eighth of a turn, where sines become cosines or change their sign.
std::vector<uint64_t> angles_at_turns(int reach) {
  std::vector<uint64_t> angles;
  for (uint64_t eighth = 0; eighth < 8; ++eighth)
    for (int i = -reach; i <= reach; ++i) angles.push_back((eighth << 29) + static_cast<uint64_t>(i));
  return angles;
}

bool gives_phasors(const PhasorRuns& runs, const std::vector<uint64_t>& angles, int up) {
  Phasors out(angles.size());
  runs.phasors(angles.data(), up, out.run(), angles.size());
  bool right = out.kept();
  for (size_t i = 0; i < angles.size(); ++i) right &= out[i] == phasor(static_cast<uint32_t>(angles[i] << up));
  return right;
}

}  // namespace

TEST_CASE("phasors of runs of angles are those of each angle, on each path") {
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    const PhasorRuns& runs = *kPhasorRuns[path];
    CHECK(gives_phasors(runs, angles_at_turns(5000), 0));
    for (const int up : {0, 1, 4, 31}) CHECK(gives_phasors(runs, random_angles(20000), up));
    for (size_t count = 0; count < 40; ++count) CHECK(gives_phasors(runs, random_angles(count), 4));
  }
}

TEST_CASE("multiples of runs of angles are those of each angle, on each path") {
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    const PhasorRuns& runs = *kPhasorRuns[path];
    for (const auto& angles : {angles_at_turns(40), random_angles(1000), random_angles(13), random_angles(16), random_angles(1)}) {
      Phasors one(angles.size()), multiple(angles.size()), expected(angles.size());
      for (size_t i = 0; i < angles.size(); ++i) {
        const Phasor p = phasor(static_cast<uint32_t>(angles[i]));
        one.set(i, p), multiple.set(i, p), expected.set(i, p);
      }
      bool right = true;
      for (int k = 2; k <= 256; ++k) {
        runs.turn(multiple.run(), one.run(), angles.size());
        for (size_t i = 0; i < angles.size(); ++i) expected.set(i, expected[i] * one[i]);
        right &= multiple.cosine == expected.cosine && multiple.sine == expected.sine && multiple.kept();
      }
      CHECK(right);
    }
  }
}

TEST_CASE("shares of a harmonic are those of each element, on each path") {
  constexpr int64_t kMost = (int64_t{1} << 32) - 1;  // of a coefficient
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    for (const size_t count : {0, 1, 7, 8, 9, 31, 32, 33, 500}) {
      const auto angles = count == 500 ? angles_at_turns(31) : random_angles(count), cosine_shares = random_angles(angles.size()),
                 sine_shares = random_angles(angles.size());
      Phasors multiple(angles.size());
      for (size_t i = 0; i < angles.size(); ++i) multiple.set(i, phasor(static_cast<uint32_t>(angles[i])));
      for (const auto& [a, b, down] : {HarmonicFactors{0, 0, 22}, {kMost, -kMost, 22}, {-kMost, -kMost, 57}, {123456789, -7, 30}, {3, 5, 1}, {-1, 0, 62}}) {
        auto sums = random_angles(angles.size() + 1);
        const auto before = sums;
        kPhasorRuns[path]->add_harmonic({a, b, down}, multiple.run(), cosine_shares.data(), sine_shares.data(), sums.data(), angles.size());
        bool right = sums.back() == before.back();
        for (size_t i = 0; i < angles.size(); ++i)
          right &= sums[i] == before[i] + series_lanes::harmonic(multiple[i], a, b, down, cosine_shares[i], sine_shares[i]);
        CAPTURE(a, b, down, angles.size());
        CHECK(right);
      }
    }
  }
}

TEST_CASE("numbers of a run are scaled and rounded half up, on each path") {
  std::vector<int32_t> values;
  for (const int32_t edge : {0, 1 << 30, -(1 << 30), 1 << 15, -(1 << 15)})
    for (int32_t i = -9; i <= 9; ++i) values.push_back(edge + i);
  for (const KernelPath path : supported_paths()) {
    INFO(name(path));
    for (int down = 0; down <= 30; ++down) {
      for (const size_t count : {values.size(), size_t{3}, size_t{0}}) {
        std::vector<uint64_t> out(count + 1, 7);
        kPhasorRuns[path]->scaled(values.data(), down, out.data(), count);
        bool right = out.back() == 7;
        for (size_t i = 0; i < count; ++i)
          right &= static_cast<int64_t>(out[i]) == (down == 0 ? values[i] : (int64_t{values[i]} + (int64_t{1} << (down - 1))) >> down);
        CAPTURE(down, count);
        CHECK(right);
      }
    }
  }
}
