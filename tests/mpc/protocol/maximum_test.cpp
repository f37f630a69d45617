#include "mpc/protocol/maximum.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/plan.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/table.h"
#include "mpc/protocol/tournament.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::packed;
using testing::random_words_below;

struct MaximumResult {
  RingTensor value, index;
  Cost cost;
};

MaximumResult maximum_of(int n, const at::Tensor& plain, int64_t dim, bool with_index, bool open_first = false, int top = 0) {
  const auto results = run_parties(n, [&](Party& party) {
    const auto x = share(party, RingTensor(plain), plain.sizes(), 0);
    if (open_first) open(party, {mask(party, x)});
    const auto before = party.cost();
    const auto [value, index] = maximum_along(party, x, dim, with_index, top);
    const auto cost = party.cost() - before;
    return MaximumResult{reveal(party, value), with_index ? reveal(party, index) : RingTensor(), cost};
  });
  return results.back();
}

void check_first_maximum(int n, const at::Tensor& plain, int64_t dim) {
  const auto [value, index] = at::max(plain, dim);
  const auto result = maximum_of(n, plain, dim, true);
  CHECK(result.value.equal(RingTensor(value)));
  CHECK(result.index.equal(RingTensor(index)));
}

// Small operations go past torch's dispatcher (crypten_core/word_tensor.h): how many of its operators a rank calls for them, the dealer in its process included. A step that falls
// back on torch, which costs microseconds where its words take nanoseconds, shows here.
thread_local int operators_called = 0;

std::unique_ptr<at::ObserverContext> count_operator(const at::RecordFunction&) {
  ++operators_called;
  return nullptr;
}

// The most that a rank calls, from the second time on: the first makes tables.
int operators_of(const std::function<void(Party&, const ArithmeticShared&, const ArithmeticShared&)>& verb) {
  const auto a = random_words_below({5, 20}, 40), b = random_words_below({5, 20}, 40);
  const auto results = run_parties(2, [&](Party& party) {
    const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(count_operator).scopes({at::RecordScope::FUNCTION}));
    int called = 0;
    for (int i = 0; i < 2; ++i) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
      operators_called = 0;
      verb(party, x, y);
      called = operators_called;
    }
    at::removeCallback(handle);
    return called;
  });
  return std::max(results[0], results[1]);
}

}  // namespace

TEST_CASE("The maximum and the index of the first maximum are torch's, along every dimension, with ties", "[mpc][maximum]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t size : {1, 2, 3, 4, 5, 7, 8, 10, 33}) {
      CAPTURE(n, size);
      if (n == 5 && size > 10) continue;
      // Few different values: most rows have ties.
      const auto tied = random_words_below({3, size, 5}, 2).words(), large = random_words_below({3, size, 5}, 61).words();
      for (const auto& plain : {tied, large}) {
        const auto [value, index] = at::max(plain, 1);
        const auto result = maximum_of(n, plain, 1, true);
        CHECK(result.value.equal(RingTensor(value)));
        CHECK(result.index.equal(RingTensor(index)));
      }
    }
    const auto plain = random_words_below({4, 6}, 3).words();
    for (const int64_t dim : {0, 1, -1, -2}) {
      const auto [value, index] = at::max(plain, dim);
      const auto result = maximum_of(n, plain, dim, true);
      CHECK(result.value.equal(RingTensor(value)));
      CHECK(result.index.equal(RingTensor(index)));
    }
  }
}

TEST_CASE("A row of equal values has its maximum first, and negative rows their largest", "[mpc][maximum]") {
  const auto plain = at::stack({at::full({9}, -7, at::kLong), at::arange(-9, 0, at::kLong), -at::arange(1, 10, at::kLong)});
  const auto result = maximum_of(2, plain, 1, true);
  CHECK(result.value.equal(RingTensor(at::tensor({-7, -1, -1}, at::kLong))));
  CHECK(result.index.equal(RingTensor(at::tensor({0, 8, 0}, at::kLong))));
}

TEST_CASE("Every order of every number of equal candidates has its first maximum, in one group and in several", "[mpc][maximum]") {
  for (const int64_t candidates : {3, 4, 5}) {
    // All rows of three values: every pattern of ties, in every place.
    int64_t count = 1;
    for (int64_t i = 0; i < candidates; ++i) count *= 3;
    const auto numbers = at::arange(count, at::kLong).unsqueeze(1);
    std::vector<at::Tensor> digits;
    for (int64_t i = 0, unit = 1; i < candidates; ++i, unit *= 3) digits.push_back(numbers.floor_divide(unit).remainder(3));
    const auto rows = at::cat(digits, 1) * 1000 - 1000;
    CAPTURE(candidates);
    REQUIRE(tournament(candidates, 81).size() == 1);
    for (const auto& part : rows.split(81)) check_first_maximum(2, part, 1);
  }
}

TEST_CASE("Levels of pairs and of groups, odd ones out and candidates that stand in for missing ones: the first maximum, along any dimension", "[mpc][maximum]") {
  for (const auto& [rows, candidates] : std::vector<std::pair<int64_t, int64_t>>{{3000, 3}, {1000, 7}, {100, 33}, {40, 65}, {2, 300}, {1, 1000}}) {
    CAPTURE(rows, candidates);
    const auto plain = random_words_below({rows, candidates}, 4).words();
    check_first_maximum(2, plain, 1);
    check_first_maximum(3, plain.t().contiguous(), 0);
    check_first_maximum(2, plain.t().contiguous().view({candidates, -1, 1}).expand({-1, -1, 2}).contiguous(), 0);
  }
}

TEST_CASE("What goes with each value goes on with the first maximum, through several levels", "[mpc][maximum]") {
  const auto plain = random_words_below({6, 100}, 3).words(), beside = random_words_below({6, 100}, 60).words();
  const auto places = std::get<1>(at::max(plain, 1)).unsqueeze(1);
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, RingTensor(plain), plain.sizes(), 0), y = share(party, RingTensor(beside), beside.sizes(), 1);
    return reveal(party, maximum_along(party, x, 1, y).index);
  });
  for (const auto& result : results) CHECK(result.equal(RingTensor(beside.gather(1, places).squeeze(1))));
}

TEST_CASE("In a plan all that groups and pairs ask of the dealer is there from the second call on", "[mpc][maximum]") {
  const auto plain = random_words_below({8, 16}, 50).words();
  const auto results = run_parties(2, [&](Party& party) {
    Plan plan(party);
    const auto places = [&] { return reveal(party, maximum_along(party, share(party, RingTensor(plain), plain.sizes(), 0), 1, true).index); };
    const auto first = plan.call(places), second = plan.call(places);
    return std::tuple(first, second, party.provider().prefetched(), party.provider().requests());
  });
  const auto& [first, second, prefetched, requests] = results[1];
  CHECK(first.equal(RingTensor(std::get<1>(at::max(plain, 1)))));
  CHECK(second.equal(first));
  CHECK(requests > 0);
  CHECK(2 * (prefetched + std::get<2>(results[0])) == requests);  // each request is one rank's
}

TEST_CASE("A level of groups takes 5 rounds, with or without index, to the byte; with a known bound one less", "[mpc][maximum]") {
  // 2 groups of 8, then a pair: 448 and 8 comparisons; 2·8·7 leads over the last of a group.
  constexpr uint64_t kRows = 8, kCompared = 2 * 28 * kRows, kLeads = 2 * 7 * kRows;
  const auto plain = random_words_below({kRows, 16}, 50).words();
  for (const int n : {1, 2, 3}) {
    for (const bool with_index : {false, true}) {
      CAPTURE(n, with_index);
      const auto cost = maximum_of(n, plain, 1, with_index).cost;
      CHECK(cost.rounds == 5 + 4);
      uint64_t bytes = 8 * kCompared + packed(kCompared, 31) + packed(kCompared, 7) + packed(kLeads, 7) + packed(kLeads, 1);
      uint64_t dealt = packed(kCompared, 232) + packed(kCompared, 96) + kCompared / 8 + packed(kLeads, 120) + 16 * kLeads;
      bytes += 8 * kRows + packed(kRows, 31) + packed(kRows, 7) + packed(kRows, 1);
      dealt += packed(kRows, 232) + packed(kRows, 96) + 16 * kRows;
      if (with_index) bytes += 8 * kRows, dealt += 8 * kRows;  // the first level's indices are public
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * bytes);
      CHECK(cost.dealer_bytes == dealt);
      CHECK((bytes <= 15 * (kCompared + kRows) && dealt <= 55 * (kCompared + kRows)));
    }
  }
  const auto small = random_words_below({4, 8}, 14).words();  // differences below 2^15
  const auto bounded = maximum_of(2, small, 1, false, false, 15);
  CHECK(bounded.value.equal(RingTensor(std::get<0>(at::max(small, 1)))));
  CHECK(bounded.cost.rounds == 4);
}

TEST_CASE("All levels are asked for before the first is played, as long as they are small", "[mpc][maximum]") {
  for (const auto& [rows, at_once] : std::vector<std::pair<int64_t, bool>>{{100, true}, {40'000, false}}) {
    CAPTURE(rows);
    const auto plain = random_words_below({rows, 8}, 50).words();
    const auto results = run_parties(2, [&, rows = rows](Party& party) {
      const auto x = share(party, RingTensor(plain), plain.sizes(), 0);
      PendingMaximum pending(party, x, 1, true);
      const auto asked = party.provider().requests(), dealt = party.cost().dealer_bytes;
      const auto best = pending.play(party);
      const bool no_more = party.provider().requests() == asked && party.cost().dealer_bytes == dealt;
      return std::tuple(no_more, reveal(party, best.value), reveal(party, best.index));
    });
    const auto [value, index] = at::max(plain, 1);
    CHECK(std::get<0>(results[0]) == at_once);
    CHECK(std::get<1>(results[0]).equal(RingTensor(value)));
    CHECK(std::get<2>(results[0]).equal(RingTensor(index)));
  }
}

TEST_CASE("Every level of pairs takes 4 rounds, with or without index; each pair 13 bytes and at most 60 dealer bytes", "[mpc][maximum]") {
  for (const int n : {1, 2, 3}) {
    for (const bool with_index : {false, true}) {
      CAPTURE(n, with_index);
      const int64_t rows = 512;
      const auto plain = random_words_below({rows, 4}, 50).words();
      REQUIRE(tournament(4, rows).size() == 2);
      const auto cost = maximum_of(n, plain, 1, with_index).cost;
      CHECK(cost.rounds == 8);
      uint64_t bytes = 0, dealt = 0;
      for (const int64_t pairs : {2 * rows, rows}) {
        bytes += 8 * static_cast<uint64_t>(pairs) + packed(pairs, 31) + packed(pairs, 7) + packed(pairs, 1);
        dealt += packed(pairs, 232) + packed(pairs, 96) + 16 * static_cast<uint64_t>(pairs);
      }
      if (with_index) bytes += 8 * static_cast<uint64_t>(rows), dealt += 8 * static_cast<uint64_t>(rows);  // the second level's index steps
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * bytes);
      CHECK(cost.dealer_bytes == dealt);
      if (!with_index) CHECK((bytes <= 39 * 512 && dealt <= 180 * 512));  // max pooling 2×2, for each output
    }
  }
}

TEST_CASE("Of an open value the first level compares without opening: 3 rounds", "[mpc][maximum]") {
  const auto plain = random_words_below({100, 2}, 50).words();
  const auto result = maximum_of(2, plain, 1, false, true);
  CHECK(result.value.equal(RingTensor(std::get<0>(at::max(plain, 1)))));
  CHECK(result.cost.rounds == 3);
  CHECK(result.cost.bytes_sent == packed(100, 31) + packed(100, 7) + packed(100, 1));
}

TEST_CASE("A single candidate wins without a round", "[mpc][maximum]") {
  const auto result = maximum_of(2, at::full({4, 1}, 5, at::kLong), 1, true);
  CHECK(result.value.equal(RingTensor(at::full({4}, 5, at::kLong))));
  CHECK(result.index.equal(RingTensor(at::zeros({4}, at::kLong))));
  CHECK(result.cost == Cost{});
}

TEST_CASE("Dimensions that are empty or not there are refused", "[mpc][maximum]") {
  CHECK_THROWS_AS(maximum_of(1, at::zeros({3, 0}, at::kLong), 1, false), InvalidArgument);
  CHECK_THROWS_AS(maximum_of(1, at::zeros({3, 2}, at::kLong), 2, false), IndexError);
  CHECK_THROWS_AS(maximum_of(1, at::zeros({}, at::kLong), 0, false), IndexError);
}

TEST_CASE("Small operations call hardly any operator of torch", "[mpc][dispatcher]") {
  CHECK(operators_of([](Party& party, const auto& x, const auto& y) { multiply(party, x, y); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto& y) { truncate(party, multiply(party, x, y), 16); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { is_negative(party, x); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { relu(party, x); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { maximum_along(party, x, 1, false); }) <= 44);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { maximum_along(party, x, 1, true); }) <= 52);  // more than 300 by torch alone
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { one_hot(party, x, 0, 4); }) <= 22);
}

}  // namespace crypten
