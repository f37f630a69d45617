#include "mpc/plan.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

using namespace crypten;

namespace {

RingTensor numbers(int64_t first) { return RingTensor(at::arange(first, first + 6, at::kLong)); }

// (x + call)² · w, revealed; w is shared and opened once, before the first call.
struct Result {
  std::vector<RingTensor> values;
  uint64_t prefetched = 0;
};

}  // namespace

TEST_CASE("a plan's calls give the same results as without it, and find their answers from the second on") {
  const int parties = GENERATE(1, 2, 3);
  const auto results = run_parties(parties, [](Party& party) {
    Result result;
    Plan plan(party);
    const auto weight = share(party, numbers(2), {6}, 0);
    multiply(party, weight, weight);
    for (int64_t call = 0; call < 3; ++call) {
      result.values.push_back(plan.call([&] {
        const auto x = share(party, numbers(call), {6}, party.world_size() - 1);
        return reveal(party, multiply(party, square(party, x), weight));
      }));
    }
    result.prefetched = party.provider().prefetched();
    return result;
  });
  for (int rank = 0; rank < parties; ++rank) {
    const auto& result = results[static_cast<size_t>(rank)];
    for (int64_t call = 0; call < 3; ++call) {
      const auto x = numbers(call);
      REQUIRE(result.values[static_cast<size_t>(call)].equal(x * x * numbers(2)));
    }
    // Two calls, each with two requests, which correct the last two ranks.
    REQUIRE(result.prefetched == (parties == 1 ? 4 : rank >= parties - 2 ? 2 : 0));
  }
}

TEST_CASE("a call that throws ends, asks for nothing ahead, and the next one is numbered on") {
  const auto calls = run_parties(2, [](Party& party) {
    Plan plan(party);
    plan.call([&] { square(party, share(party, numbers(1), {6}, 0)); });
    try {
      plan.call([&] {
        square(party, share(party, numbers(1), {6}, 0));
        throw std::out_of_range("a user's error");
      });
    } catch (const std::out_of_range&) {
    }
    const auto outside = party.provider().current_call();
    uint64_t third = 0;
    plan.call([&] { third = party.provider().current_call(); });
    return std::vector<uint64_t>{outside, third, party.provider().prefetched()};
  });
  for (size_t rank = 0; rank < 2; ++rank) REQUIRE(calls[rank] == std::vector<uint64_t>{0, 3, rank});
}

TEST_CASE("plans do not nest, and a party closed within a call is no second error") {
  const auto errors = run_parties(1, [](Party& party) {
    Plan plan(party);
    std::string nested, closed;
    try {
      plan.call([&] { plan.call([] {}); });
    } catch (const ProtocolError&) {
      nested = "ProtocolError";
    }
    try {
      plan.call([&] {
        party.close();
        throw std::out_of_range("a user's error");
      });
    } catch (const std::out_of_range&) {
      closed = "the user's";
    }
    return nested + ", " + closed;
  });
  REQUIRE(errors[0] == "ProtocolError, the user's");
}
