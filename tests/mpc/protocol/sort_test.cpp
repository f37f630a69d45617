#include "mpc/protocol/sort.h"

#include <ATen/ops/sort.h>

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/sorting_network.h"
#include "tests/support/aten.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::packed;
using testing::random_words_below;

struct SortResult {
  RingTensor value, place;
  Cost cost;
};

SortResult sort_of(int n, const at::Tensor& plain, int64_t dim, int64_t first, int64_t count, bool with_places, bool open_first = false) {
  const auto results = run_parties(n, [&](Party& party) {
    const auto x = share(party, RingTensor(plain), plain.sizes(), 0);
    if (open_first) open(party, {mask(party, x)});
    const auto before = party.cost();
    const auto [value, place] = sort_along(party, x, dim, first, count, with_places);
    const auto cost = party.cost() - before;
    return SortResult{reveal(party, value), with_places ? reveal(party, place) : RingTensor(), cost};
  });
  return results.back();
}

SortResult sort_of(int n, const at::Tensor& plain, int64_t dim, bool with_places) { return sort_of(n, plain, dim, 0, plain.size(dim), with_places); }

}  // namespace

TEST_CASE("Values and places are those of torch's stable sort, with ties, along every dimension", "[mpc][sort]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t size : {1, 2, 3, 5, 8, 13}) {
      CAPTURE(n, size);
      if (n == 5 && size > 5) continue;
      // Few different values: most rows have ties.
      const auto tied = random_words_below({2, size, 3}, 2).words(), large = random_words_below({2, size, 3}, 57).words();
      for (const auto& plain : {tied, large}) {
        const auto [value, place] = at::sort(plain, true, 1, false);
        const auto result = sort_of(n, plain, 1, true);
        CHECK(result.value.equal(RingTensor(value)));
        CHECK(result.place.equal(RingTensor(place)));
      }
    }
  }
  const auto plain = random_words_below({6, 3, 2}, 3).words();
  for (const int64_t dim : {0, 2, -1, -3}) {
    const auto [value, place] = at::sort(plain, true, dim, false);
    const auto result = sort_of(2, plain, dim, true);
    CHECK(result.value.equal(RingTensor(value)));
    CHECK(result.place.equal(RingTensor(place)));
  }
}

TEST_CASE("The stated range holds to its ends, with and without places", "[mpc][sort]") {
  for (const int64_t size : {2, 3, 8, 9}) {
    const int64_t most = (int64_t{1} << (62 - place_bits(size))) - 1;
    auto plain = random_words_below({4, size}, 62 - place_bits(size)).words();
    plain.select(1, 0).fill_(most), plain.select(1, size - 1).fill_(-most);
    const auto [value, place] = at::sort(plain, true, 1, false);
    const auto result = sort_of(2, plain, 1, true);
    CHECK(result.value.equal(RingTensor(value)));
    CHECK(result.place.equal(RingTensor(place)));
  }
  auto plain = random_words_below({4, 6}, 62).words();
  plain.select(1, 2).fill_((int64_t{1} << 62) - 1), plain.select(1, 4).fill_(-(int64_t{1} << 62));
  CHECK(sort_of(3, plain, 1, false).value.equal(RingTensor(std::get<0>(at::sort(plain, 1)))));
}

TEST_CASE("Many rows and many values", "[mpc][sort]") {
  const auto plain = random_words_below({7, 100}, 4).words();
  const auto [value, place] = at::sort(plain, true, 1, false);
  const auto result = sort_of(2, plain, 1, true);
  CHECK(result.value.equal(RingTensor(value)));
  CHECK(result.place.equal(RingTensor(place)));
}

TEST_CASE("Parts of the order", "[mpc][sort]") {
  const auto plain = random_words_below({3, 9}, 3).words();
  const auto [value, place] = at::sort(plain, true, 1, false);
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 1}, {4, 1}, {8, 1}, {0, 3}, {5, 4}, {3, 0}}) {
    CAPTURE(first, count);
    const auto result = sort_of(2, plain, 1, first, count, true);
    CHECK(result.value.equal(RingTensor(value.narrow(1, first, count).contiguous())));
    CHECK(result.place.equal(RingTensor(place.narrow(1, first, count).contiguous())));
  }
}

TEST_CASE("Rounds and bytes are the network's: 4 rounds a stage, 3 for the first of an open value", "[mpc][sort]") {
  for (const int64_t size : {2, 8, 13}) {
    for (const bool opened : {false, true}) {
      uint64_t rounds = 0, bytes = 0;
      const int64_t rows = 100;
      const auto network = sorting_network(size, 0, size).stages;
      for (const auto& stage : network) {
        const int64_t pairs = rows * static_cast<int64_t>(stage.lower.size());
        const bool known = opened && &stage == &network.front();
        rounds += known ? 3 : 4;
        bytes += (known ? 0 : 8 * static_cast<uint64_t>(pairs)) + packed(pairs, 31) + packed(pairs, 7) + packed(pairs, 1);
      }
      const auto plain = random_words_below({rows, size}, 40).words();
      const auto values = sort_of(2, plain, 1, 0, size, false, opened), both = sort_of(2, plain, 1, 0, size, true, opened);
      CHECK(values.cost.rounds == rounds);
      CHECK(values.cost.bytes_sent == bytes);
      CHECK(both.cost.rounds == rounds + 2);
      CHECK(both.cost.bytes_sent == bytes + 8 * static_cast<uint64_t>(rows * size) + packed(rows * size, 1));
      CHECK(sort_of(3, plain, 1, 0, size, false, opened).cost.bytes_sent == 2 * bytes);
    }
  }
  CHECK(sort_of(2, random_words_below({4, 17}, 9).words(), 1, 3, 1, true).cost.rounds == 4 * sorting_network(17, 3, 1).stages.size() + 3);  // places of 5 bits
}

TEST_CASE("A row of one or of nothing is sorted already", "[mpc][sort]") {
  const auto one = sort_of(2, at::full({4, 1}, 5, at::kLong), 1, true), none = sort_of(2, at::zeros({3, 0}, at::kLong), 1, true), no_rows = sort_of(2, at::zeros({0, 4}, at::kLong), 1, true);
  CHECK(one.value.equal(RingTensor(at::full({4, 1}, 5, at::kLong))));
  CHECK(one.place.equal(RingTensor(at::zeros({4, 1}, at::kLong))));
  CHECK(none.value.sizes() == at::IntArrayRef({3, 0}));
  CHECK(no_rows.place.sizes() == at::IntArrayRef({0, 4}));
  for (const auto& result : {one, none, no_rows}) CHECK(result.cost == Cost{});
}

TEST_CASE("Dimensions and places that are not there are refused", "[mpc][sort]") {
  const auto plain = at::zeros({3, 2}, at::kLong);
  CHECK_THROWS_AS(sort_of(1, plain, 2, 0, 1, false), IndexError);
  CHECK_THROWS_AS(sort_of(1, plain, -3, 0, 1, false), IndexError);
  CHECK_THROWS_AS(sort_of(1, at::zeros({}, at::kLong), 0, 0, 1, false), IndexError);
  CHECK_THROWS_AS(sort_of(1, plain, 1, 1, 2, false), InvalidArgument);
}

}  // namespace crypten
