#include "mpc/protocol/maximum.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
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

MaximumResult maximum_of(int n, const at::Tensor& plain, int64_t dim, bool with_index, bool open_first = false) {
  const auto results = run_parties(n, [&](Party& party) {
    const auto x = share(party, RingTensor(plain), plain.sizes(), 0);
    if (open_first) open(party, {mask(party, x)});
    const auto before = party.cost();
    const auto [value, index] = maximum_along(party, x, dim, with_index);
    const auto cost = party.cost() - before;
    return MaximumResult{reveal(party, value), with_index ? reveal(party, index) : RingTensor(), cost};
  });
  return results.back();
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

TEST_CASE("Every level takes 4 rounds, with or without index; each pair 13 bytes and at most 60 dealer bytes", "[mpc][maximum]") {
  for (const int n : {1, 2, 3}) {
    for (const bool with_index : {false, true}) {
      CAPTURE(n, with_index);
      const int64_t rows = 512;
      const auto plain = random_words_below({rows, 4}, 50).words();
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

}  // namespace crypten
