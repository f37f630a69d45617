#include "mpc/protocol/share.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::all_equal;
using crypten::testing::random_words;

TEST_CASE("Sharing costs nothing, and any rank may be the owner", "[mpc][share]") {
  const auto a = random_words({2, 3});
  for (const int n : {1, 2, 3, 5})
    for (int src = 0; src < n; ++src) {
      const auto results = run_parties(n, [&](Party& party) {
        const auto before = party.cost();
        const auto x = share(party, party.rank() == src ? a : RingTensor(), a.sizes(), src);
        const auto cost = party.cost() - before;
        return std::tuple(cost, x.share(), reveal(party, x));
      });
      for (const auto& [cost, own, value] : results) {
        CHECK(cost == Cost{});
        CHECK(value.equal(a));
        CHECK(own.equal(a) == (n == 1));
        CHECK(own.words().eq(0).any().item<bool>() == false);
      }
    }
}

TEST_CASE("Two shares of one value are unrelated", "[mpc][share]") {
  const auto a = random_words({4});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, a, a.sizes(), 0);
    return (x.share().words() == y.share().words()).any().item<bool>();
  });
  for (const bool equal : results) CHECK_FALSE(equal);
}

TEST_CASE("Wrong arguments are refused by name", "[mpc][share]") {
  const auto results = run_parties(1, [](Party& party) {
    const auto a = random_words({4});
    return codes_of<InvalidArgument>([&] { share(party, a, a.sizes(), 1); }, [&] { share(party, a, a.sizes(), -1); },
                                     [&] { share(party, a, {5}, 0); }, [&] { share(party, {}, {5}, 0); });
  });
  CHECK(results[0] == std::vector<int>(4, 300));
}

TEST_CASE("The share of an open expression is the value, and carries the opening", "[mpc][share]") {
  const auto a = random_words({3}), b = random_words({2, 3});
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0);
      const auto X = mask(party, x);
      const int refused = code_of<InvalidArgument>([&] { share_of(party, X); });
      open(party, {X});
      const auto y = share_of(party, add_public(X, b));
      const auto known = share_of(party, party.public_share(b).masked());
      return std::tuple(refused, y.opened(), reveal(party, y), reveal(party, known));
    });
    for (const auto& [refused, opened, value, known] : results) {
      CHECK(refused == 304);
      CHECK(opened);
      CHECK(value.equal(a + b));
      CHECK(known.equal(b));
    }
  }
}
