#include "mpc/protocol/truncate.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::edge_words;
using crypten::testing::random_words;
using crypten::testing::random_words_below;

namespace {

// What a dithered truncation of x gives above ⌊x / 2^shift⌋: 0 or 1, by design.
at::Tensor error_of(const at::Tensor& truncated, const at::Tensor& x, int shift) { return truncated - at::bitwise_right_shift(x, shift); }

}  // namespace

TEST_CASE("Truncation is exact but for the dither, at edges and for every shift", "[mpc][truncate]") {
  const auto edges = edge_words(62);
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      std::vector<RingTensor> all;
      for (int shift = 1; shift <= 62; ++shift) {
        const auto x = share(party, edges, edges.sizes(), shift % n);
        const auto t = truncate(party, x, shift);
        const auto u = low_bits(RingTensor(x.masked()->value.words() + (int64_t{1} << 62)), shift);
        all.push_back(reveal(party, t)), all.push_back(u);
      }
      return all;
    });
    for (const auto& all : results)
      for (int shift = 1; shift <= 62; ++shift) {
        const auto &t = all[static_cast<size_t>(2 * shift - 2)], &u = all[static_cast<size_t>(2 * shift - 1)];
        // ⌊x/2^f⌋ + [u < x mod 2^f] with the public dither u.
        const auto expected = shift_right_arithmetic(edges, shift).words() + u.words().lt(low_bits(edges, shift).words());
        if (!t.words().equal(expected)) FAIL("n = " << n << ", shift " << shift);
      }
  }
}

namespace {

// Chunks of half a million values for each number of parties.
void truncate_many(const std::vector<std::pair<int, int>>& runs) {
  constexpr int64_t kChunk = 500'000;
  constexpr int kShift = 16;
  struct Tally {
    double elements = 0, raised = 0, expected = 0, variance = 0;
    bool within = true;
  };
  for (const auto& [n, chunks] : runs) {
    const auto tallies = run_parties(n, [&, chunks = chunks](Party& party) {
      Tally tally;
      for (int chunk = 0; chunk < chunks; ++chunk) {
        // Every magnitude: 62 bits, and chunk by chunk fewer. The same words on all ranks; only rank 0's are shared.
        const auto plain = shift_right_arithmetic(party.rng().public_words({kChunk}), 1 + chunk % 46);
        const auto t = reveal(party, truncate(party, share(party, plain, plain.sizes(), 0), kShift), 0);
        if (party.rank() != 0) continue;
        const auto error = error_of(t.words(), plain.words(), kShift);
        tally.within = tally.within && !error.bitwise_and(~int64_t{1}).any().item<bool>();
        // P(+1) is the dropped fraction.
        const auto dropped = low_bits(plain, kShift).words().to(at::kDouble) / (1 << kShift);
        tally.elements += kChunk;
        tally.raised += error.sum().item<double>();
        tally.expected += dropped.sum().item<double>();
        tally.variance += (dropped * (1 - dropped)).sum().item<double>();
      }
      return tally;
    });
    const auto& tally = tallies[0];
    CHECK(tally.within);
    CHECK(tally.elements == static_cast<double>(kChunk * chunks));
    CHECK(std::abs(tally.raised - tally.expected) < 6 * std::sqrt(tally.variance));
  }
}

}  // namespace

TEST_CASE("10^8 random values: no error above one unit, and the dither is unbiased", "[mpc][truncate][slow]") { truncate_many({{2, 200}, {3, 4}, {5, 2}}); }
// Only where it is asked for by name: make long.
TEST_CASE("10^10 random values: no error above one unit, and the dither is unbiased", "[.][long]") { truncate_many({{2, 19'000}, {3, 700}, {5, 300}}); }

TEST_CASE("A truncation costs one round, 8 bytes and 8 + shift/8 dealer bytes; an open value's costs no round", "[mpc][truncate]") {
  const auto a = random_words_below({100}, 61);
  for (const int n : {1, 2, 3})
    for (const int shift : {1, 8, 16, 17, 40}) {
      const auto results = run_parties(n, [&](Party& party) {
        const auto x = share(party, a, a.sizes(), 0);
        const auto before = party.cost();
        truncate(party, x, shift);
        const auto first = party.cost();
        truncate(party, x, shift);
        return std::pair(first - before, party.cost() - first);
      });
      const auto& [first, second] = results.back();
      const auto dealt = 100u * 8u + (100u * static_cast<unsigned>(shift) + 7u) / 8u;
      CHECK(first == Cost{1, 800u * static_cast<unsigned>(n - 1), dealt});
      CHECK(second == Cost{0, 0, dealt});
    }
}

TEST_CASE("The result is masked-open: a chain of products takes one round each", "[mpc][truncate]") {
  const auto a = random_words_below({50}, 20), b = random_words_below({50}, 20);
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto y = share(party, b, b.sizes(), 0);
      auto x = truncate(party, share(party, a, a.sizes(), 0), 4);
      open(party, {mask(party, y)});
      const auto before = party.cost();
      for (int i = 0; i < 3; ++i) x = truncate(party, multiply(party, x, y), 20);
      const auto cost = party.cost() - before;
      return std::tuple(cost, x.opened(), reveal(party, x));
    });
    auto exact = a.words().to(at::kDouble) / 16;
    for (int i = 0; i < 3; ++i) exact = exact * b.words().to(at::kDouble) / (1 << 20);
    for (const auto& [cost, opened, value] : results) {
      CHECK(opened);
      CHECK(cost.rounds == 3);
      CHECK(cost.bytes_sent == 3u * 400u * static_cast<unsigned>(n - 1));
      // Each truncation is off by at most one unit, and later factors are below 1 in magnitude.
      CHECK((value.words().to(at::kDouble) - exact).abs().max().item<double>() <= 4);
    }
    // Products: 8 for the shifted mask, and its top bit's width: 4 bits of the first truncation, 20 of the others. Truncations: 8 and 20 bits.
    CHECK(std::get<0>(results.back()).dealer_bytes == 50 * 6 * 8 + 50 * 4 / 8 + 5 * 50 * 20 / 8);
  }
}

TEST_CASE("Sums, multiples and views of open values are truncated without another opening", "[mpc][truncate]") {
  const auto a = random_words_below({6, 4}, 50), b = random_words_below({4}, 50);
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
    open(party, {mask(party, x), mask(party, y)});
    const auto before = party.cost();
    const auto t = truncate(party, (x - y * 3).view([](const at::Tensor& v) { return v.t(); }, true), 16);
    const auto cost = party.cost() - before;
    return std::pair(cost, reveal(party, t));
  });
  const auto plain = (a - b * 3).words().t().contiguous();
  for (const auto& [cost, value] : results) {
    CHECK(cost.rounds == 0);
    CHECK_FALSE(error_of(value.words(), plain, 16).bitwise_and(~int64_t{1}).any().item<bool>());
  }
}

TEST_CASE("In a small ring every value of the domain truncates as the formula says", "[mpc][truncate]") {
  constexpr int kBits = 7;
  const auto all = RingTensor(at::arange(-(1 << (kBits - 2)), (1 << (kBits - 2)) + 1, at::kLong));  // −2^(k−2) … 2^(k−2), inclusive
  for (const int n : {1, 2, 3})
    for (int shift = 1; shift <= kBits - 2; ++shift) {
      const auto results = run_parties(
          n,
          [&](Party& party) {
            std::vector<RingTensor> values;
            for (int i = 0; i < 20; ++i) values.push_back(reveal(party, truncate(party, share(party, all, all.sizes(), 0), shift)));
            return values;
          },
          {.local = {.ring = {.bits = kBits}}});
      for (const auto& value : results[0]) {
        const auto error = low_bits(RingTensor(error_of(value.words(), all.words(), shift)), kBits);
        CHECK_FALSE(error.words().bitwise_and(~int64_t{1}).any().item<bool>());
        CHECK(error.words().masked_select(low_bits(all, shift).words().eq(0)).eq(0).all().item<bool>());
      }
    }
}

TEST_CASE("A truncation ahead of its share is asked about at construction, costs what truncate() does and gives the same", "[mpc][truncate]") {
  const auto a = random_words_below({512}, 37);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    const auto before = party.cost();
    TruncationAhead whole(party, a.sizes(), at::kCPU, 16), narrow(party, a.sizes(), at::kCPU, 16, 40, "test");
    const auto asked = party.cost();
    const auto from_whole = whole.finish(party, x.share()), from_narrow = narrow.finish(party, x.share());
    const auto after = party.cost();
    return std::tuple(asked - before, after - before, whole.opening()->opened(), code_of<InvalidArgument>([&] { TruncationAhead(party, a.sizes(), at::kCPU, 63); }),
                      code_of<InvalidArgument>([&] { TruncationAhead(party, a.sizes(), at::kCPU, 39, 40, "test"); }), reveal(party, from_whole), reveal(party, from_narrow));
  });
  const uint64_t dealt_whole = 512 * (8 + 2), dealt_narrow = 512 * (8 + 5);
  for (const auto& [asked, all, opened, shift, narrow_shift, whole, narrow] : results) {
    CHECK(asked == Cost{0, 0, dealt_whole + dealt_narrow});
    CHECK(all == Cost{2, 512 * (8 + 5), dealt_whole + dealt_narrow});
    CHECK(opened);
    CHECK(shift == 300);
    CHECK(narrow_shift == 300);
    for (const auto& value : {whole, narrow}) CHECK_FALSE(error_of(value.words(), a.words(), 16).bitwise_and(~int64_t{1}).any().item<bool>());
  }
}

TEST_CASE("Shifts outside of 1 … 62 are refused", "[mpc][truncate]") {
  const auto results = run_parties(1, [](Party& party) {
    const auto x = share(party, random_words({3}), {3}, 0);
    std::vector<int> codes;
    for (const int shift : {-1, 0, 63, 64}) codes.push_back(code_of<InvalidArgument>([&] { truncate(party, x, shift); }));
    return codes;
  });
  CHECK(results[0] == std::vector<int>(4, 300));
}
