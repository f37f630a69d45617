#include "mpc/protocol/multiply.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::all_equal;
using crypten::testing::random_words;

TEST_CASE("element-wise products are exact mod 2^64 and broadcast, for any number of parties", "[mpc][multiply]") {
  const auto a = random_words({3, 1, 5}), b = random_words({4, 1});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), n - 1);
      return reveal(party, multiply(party, x, y));
    });
    CHECK(all_equal(results, a * b));
  }
}

TEST_CASE("a square needs one opening", "[mpc][multiply]") {
  const auto a = random_words({7});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0);
      const auto before = party.cost();
      const auto y = square(party, x);
      const auto cost = party.cost() - before;
      const uint64_t bytes = 8u * 7u * static_cast<unsigned>(n - 1);
      if (cost.rounds != 1 || cost.bytes_sent != bytes) return RingTensor();
      return reveal(party, y);
    });
    CHECK(all_equal(results, a * a));
  }
}
