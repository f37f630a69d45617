#include "mpc/protocol/sample.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/open.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

struct Sample {
  at::Tensor own, value;
  Cost cost;
};

}  // namespace

TEST_CASE("Random words are the XOR of every party's own, without a message", "[mpc][sample]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto samples = run_parties(n, [](Party& party) {
      const auto before = party.cost();
      const auto words = random_words(party, {50, 2});
      const auto cost = party.cost() - before;
      return Sample{words.share().words(), reveal(party, words).words(), cost};
    });
    auto all = at::zeros({50, 2}, at::kLong);
    for (const auto& sample : samples) {
      CHECK(sample.cost == Cost{});
      CHECK(sample.value.equal(samples[0].value));
      if (n > 1) CHECK(sample.own.eq(sample.value).sum().item<int64_t>() == 0);  // equal words: 100 · 2^-64
      all = at::bitwise_xor(all, sample.own);
    }
    CHECK(all.equal(samples[0].value));
  }
}

TEST_CASE("Random integers: every bit is fair, in one round", "[mpc][sample]") {
  constexpr int64_t kCount = 20'000;
  for (const int n : {1, 2, 3}) {
    const auto samples = run_parties(n, [](Party& party) {
      const auto before = party.cost();
      const auto numbers = random_integers(party, {kCount}, 16);
      const auto cost = party.cost() - before;
      return Sample{numbers.share().words(), reveal(party, numbers).words(), cost};
    });
    const auto& value = samples[0].value;
    CHECK(value.ge(0).logical_and(value.lt(65536)).all().item<bool>());
    // Hoeffding, for 16 bits and 16 · 15 / 2 pairs in 3 runs: one fails with probability 2·exp(−2·kCount·t²) = 1e-13.
    const double most = std::sqrt(std::log(2e13) / (2.0 * kCount));
    for (int j = 0; j < 16; ++j)
      for (int i = 0; i <= j; ++i) {
        const auto bit = at::bitwise_right_shift(value, j), other = i == j ? at::zeros_like(value) : at::bitwise_right_shift(value, i);
        CHECK(std::abs(at::bitwise_and(at::bitwise_xor(bit, other), 1).to(at::kDouble).mean().item<double>() - 0.5) < most);
      }
    CHECK(samples.back().cost.rounds == 1);
    CHECK(samples.back().cost.bytes_sent == static_cast<uint64_t>((n - 1) * packed_size(kCount, 16)));
    CHECK(samples.back().cost.dealer_bytes == 113 * kCount);  // widths 64 … 49
  }
}

TEST_CASE("Numbers of bits that are not there are refused", "[mpc][sample]") {
  for (const int bits : {0, 65}) CHECK_THROWS_AS(run_parties(1, [&](Party& party) { random_integers(party, {2}, bits); }), InvalidArgument);
}

}  // namespace crypten
