#include "mpc/protocol/bands.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::edge_words;
using crypten::testing::run_parties;

namespace {

struct BandsOutcome {
  std::vector<at::Tensor> bits;
  Cost cost;
};

// The bits of all bands, opened as ring elements.
std::vector<BandsOutcome> bands_of(int n, const RingTensor& x, const std::vector<int64_t>& thresholds, int first_bit) {
  return run_parties(n, [&](Party& party) {
    const auto shared = share(party, x, x.sizes(), 0);
    const Cost before = party.cost();
    Bands bands(party, mask_to_compare(party, shared), thresholds, first_bit);
    bands.finish(party);
    BandsOutcome outcome{{}, party.cost() - before};
    for (size_t i = 0; i < thresholds.size(); ++i) outcome.bits.push_back(reveal(party, bit_to_ring(party, bands.bit(i))).words());
    return outcome;
  });
}

// The neighbourhood of the thresholds, and everything up to ±2^62.
RingTensor points(const std::vector<int64_t>& thresholds, int first_bit) {
  std::vector<at::Tensor> all{edge_words(62).words()};
  for (const int64_t t : thresholds) all.push_back(t + at::arange(-600, 600) * ((int64_t{1} << first_bit) / 256 + 1));
  return RingTensor(at::cat(all));
}

}  // namespace

TEST_CASE("Bands of exact thresholds are exact", "[mpc][bands]") {
  const std::vector<int64_t> thresholds{-40'000, 0, 3, int64_t{1} << 40};
  const auto x = points(thresholds, 0);
  for (const int n : {1, 2, 3, 5})
    for (const auto& outcome : bands_of(n, x, thresholds, 0))
      for (size_t i = 0; i < thresholds.size(); ++i) {
        auto expected = x.words().ge(thresholds[i]);
        if (i + 1 < thresholds.size()) expected = expected.logical_and(x.words().lt(thresholds[i + 1]));
        CHECK(outcome.bits[i].equal(expected.to(at::kLong)));
      }
}

TEST_CASE("Fuzzy thresholds: exact above and from 2^first_bit below, one of both sides between", "[mpc][bands]") {
  constexpr int kFirst = 15;
  const std::vector<int64_t> thresholds{-10 << 16, (10 << 16) + (1 << 15)};
  const auto x = points(thresholds, kFirst);
  for (const int n : {1, 2, 3, 5}) {
    const auto outcomes = bands_of(n, x, thresholds, kFirst);
    for (const auto& outcome : outcomes) {
      const auto inside = outcome.bits[0], above = outcome.bits[1];
      CHECK(inside.bitwise_and(above).eq(0).all().item<bool>());
      const auto at_least = [&](int64_t t) { return x.words().ge(t); };
      const auto from_low = inside + above;  // [x ≥ t_0]
      CHECK(from_low.masked_select(at_least(thresholds[0])).eq(1).all().item<bool>());
      CHECK(from_low.masked_select(at_least(thresholds[0] - (1 << kFirst)).logical_not()).eq(0).all().item<bool>());
      CHECK(above.masked_select(at_least(thresholds[1])).eq(1).all().item<bool>());
      CHECK(above.masked_select(at_least(thresholds[1] - (1 << kFirst)).logical_not()).eq(0).all().item<bool>());
      // 48 bits in 12 chunks: 23 + 5 + 1 bits for each threshold.
      CHECK(outcome.cost.rounds == 4);
      const auto count = x.numel();
      CHECK(outcome.cost.bytes_sent == static_cast<uint64_t>((n - 1) * (8 * count + packed_size(count, 2 * 29))));
    }
    CHECK(outcomes.back().cost.dealer_bytes == static_cast<uint64_t>(packed_size(x.numel(), 12 * 15 + 2 * 64)));
  }
}

TEST_CASE("Bands refuse what they cannot compare", "[mpc][bands]") {
  const auto codes = run_parties(2, [](Party& party) {
    const auto x = mask_to_compare(party, share(party, party.rank() == 0 ? RingTensor::zeros({3}) : RingTensor(), {3}, 0));
    return codes_of([&] { Bands(party, x, {}, 0); }, [&] { Bands(party, x, {1, 1}, 0); }, [&] { Bands(party, x, {2, 1}, 0); }, [&] { Bands(party, x, {1}, -1); },
                    [&] { Bands(party, x, {1}, 63); });
  });
  for (const auto& all : codes) CHECK(all == std::vector<int>(5, 300));
}
