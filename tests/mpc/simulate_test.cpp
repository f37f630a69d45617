#include "mpc/simulate.h"

#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;
using crypten::testing::random_words;

TEST_CASE("Each party runs the program once, with the configuration given", "[mpc][simulate]") {
  Config config;
  config.precision_bits = 20;
  std::mutex mutex;
  std::multiset<int> ranks;
  simulate(4, config, [&](const std::shared_ptr<Party>& party) {
    const std::lock_guard lock(mutex);
    if (party->world_size() == 4 && party->config().precision_bits == 20) ranks.insert(party->rank());
  });
  CHECK(ranks == std::multiset<int>{0, 1, 2, 3});
  CHECK_THROWS_AS(local_parties(0), InvalidArgument);
}

TEST_CASE("The first exception is rethrown, and nobody waits for the rank that failed", "[mpc][simulate]") {
  const auto a = random_words({4});
  const auto start = Clock::now();
  for (int culprit = 0; culprit < 3; ++culprit)
    CHECK_THROWS_WITH(simulate(3, {}, [&](const std::shared_ptr<Party>& party) {
                        const auto x = share(*party, a, a.sizes(), 0);
                        multiply(*party, x, x);
                        if (party->rank() == culprit) throw std::runtime_error("the culprit");
                        while (true) reveal(*party, x);
                      }),
                      "the culprit");
  CHECK(Clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("The peers of a rank that ends early are told so", "[mpc][simulate]") {
  const auto a = random_words({4});
  CHECK_THROWS_AS(simulate(2, {}, [&](const std::shared_ptr<Party>& party) {
                    const auto x = share(*party, a, a.sizes(), 0);
                    if (party->rank() == 0) reveal(*party, x);
                  }),
                  PeerFinished);
}

TEST_CASE("Parties are used from Python's or a notebook's threads as well", "[mpc][simulate]") {
  const auto a = random_words({4});
  const auto parties = local_parties(1);
  CHECK(reveal(*parties[0], share(*parties[0], a, a.sizes(), 0)).equal(a));
}
