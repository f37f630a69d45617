#include "mpc/protocol/series.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::random_words;
using crypten::testing::run_parties;

namespace {

const Series kSeries{.constant = 3 << 26, .harmonics = {1, 2, 5}, .cosine = {1 << 28, -(1 << 27), 12345678}, .sine = {-(3 << 26), 7, 1 << 24}};

double expected(double turns) {
  double sum = std::ldexp(kSeries.constant, -kCoefficientBits);
  for (size_t j = 0; j < 3; ++j) {
    const double angle = 2 * M_PI * kSeries.harmonics[j] * turns;
    sum += std::ldexp(kSeries.cosine[j], -kCoefficientBits) * std::cos(angle) + std::ldexp(kSeries.sine[j], -kCoefficientBits) * std::sin(angle);
  }
  return sum;
}

struct SeriesOutcome {
  RingTensor lifted;
  Cost cost;
  std::string openings;
};

}  // namespace

TEST_CASE("A series of a shared angle, truncated out of its small ring, for every number of parties", "[mpc][series]") {
  constexpr int64_t kCount = 20'000;
  const auto angles = random_words({kCount});
  for (const int n : {1, 2, 3, 5}) {
    const auto outcomes = run_parties(n, [&](Party& party) {
      const auto x = share(party, angles, angles.sizes(), 0);
      const Cost before = party.cost();
      const auto angle = mask_angle(party, x.share(), 64);
      const SeriesOfAngle series(party, angle, kSeries.harmonics, 18, 18, 40);
      open(party, {angle});
      const auto value = mask_narrow(party, series.evaluate(party, kSeries), 40, "series");
      const PendingTruncation truncation(party, value, 36 - 16);
      open(party, {value});
      const auto result = truncation.share(party);
      SeriesOutcome outcome{{}, party.cost() - before, {}};
      for (const auto& [verb, opening] : party.ledger().openings()) outcome.openings += verb + " " + std::to_string(opening.bits / opening.elements) + "; ";
      outcome.lifted = reveal(party, result);
      return outcome;
    });
    for (const auto& outcome : outcomes) {
      double worst = 0;
      for (int64_t i = 0; i < kCount; ++i) {
        const double turns = std::ldexp(static_cast<double>(static_cast<uint64_t>(angles.words()[i].item<int64_t>())), -64);
        worst = std::max(worst, std::abs(std::ldexp(static_cast<double>(outcome.lifted.words()[i].item<int64_t>()), -16) - expected(turns)));
      }
      // A unit of the truncation, six roundings of coefficients and sines at 18 bits each, the angle's n units at slopes below 2π·(1 + 1 + …).
      CHECK(worst < 0x1p-16 + 12 * 0x1p-19 + n * 2 * M_PI * 4 * 0x1p-28);
      CHECK(outcome.openings == "angle 28; series 40; ");
      CHECK(outcome.cost.rounds == 2);
      CHECK(outcome.cost.bytes_sent == static_cast<uint64_t>(n - 1) * kCount * (28 + 40) / 8);
    }
    CHECK(outcomes.back().cost.dealer_bytes == kCount * (2 * 3 * 5 + 8) + kCount * 44 / 8);  // top bit: 64 − 40 + 20 bits
  }
}

TEST_CASE("A narrow opening is no operand of a product, and a series is asked for before it is evaluated", "[mpc][series]") {
  const auto messages = run_parties(2, [](Party& party) {
    const auto words = RingTensor::zeros({3});
    const auto narrow = mask_narrow(party, words, 28, "test"), whole = mask_plain(party, ArithmeticShared(words));
    const SeriesOfAngle series(party, narrow, {1}, 18, 18, 40);
    return codes_of(
        [&] { with_masks_merged(*narrow); },
        [&] { mask_narrow(party, words, 0, "test"); },
        [&] { mask_narrow(party, words, 65, "test"); },
        [&] { SeriesOfAngle(party, whole, {1}, 18, 18, 40); },
        [&] { SeriesOfAngle(party, narrow, {2, 1}, 18, 18, 40); },
        [&] { SeriesOfAngle(party, narrow, {1}, 18, 37, 40); },
        [&] { series.evaluate(party, kSeries); },
        [&] { series.evaluate(party, {.harmonics = {1}, .cosine = {0}, .sine = {0}}); },  // not open yet
        [&] { PendingTruncation(party, narrow, 27); });
  });
  for (const auto& codes : messages) CHECK(codes == std::vector<int>{300, 300, 300, 300, 350, 300, 300, 304, 300});
}

TEST_CASE("What is opened of a constant angle is uniform", "[mpc][series]") {
  // Each of the 28 opened bits of 2^16 equal angles, and each pair of them, over the masks: a mask too short, shared or used twice leaves a bias.
  constexpr int64_t kCount = 1 << 16;
  const auto opened = run_parties(3, [](Party& party) {
    const auto x = share(party, RingTensor(at::full({kCount}, 123456789123456789, at::kLong)), {kCount}, 0);
    const auto angle = mask_angle(party, x.share(), 64);
    const auto value = mask_narrow(party, x.share(), 40, "value");
    open(party, {angle, value});
    return at::stack({angle->value.words(), value->value.words()});
  });
  std::vector<at::Tensor> signs;
  for (int64_t which = 0; which < 2; ++which)
    for (int bit = 0; bit < (which == 0 ? 28 : 40); ++bit)
      signs.push_back(1 - 2 * at::bitwise_and(at::bitwise_right_shift(opened[0][which], bit), 1).to(at::kDouble));
  const auto all = at::stack(signs);
  CHECK(all.sum(1).abs().max().item<double>() < 6.5 * 256);  // 68 sums: below 1e-8
  auto pairs = at::matmul(all, all.t());
  CHECK(pairs.fill_diagonal_(0).abs().max().item<double>() < 7 * 256);  // 2278 sums: below 1e-8
  CHECK(at::bitwise_right_shift(opened[0][0], 28).eq(0).all().item<bool>());
  CHECK(at::bitwise_right_shift(opened[0][1], 40).eq(0).all().item<bool>());
}
