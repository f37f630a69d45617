#include "mpc/rehearsal.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/plan.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

using namespace crypten;

namespace {

// (first + i)⁴, revealed: two requests, which correct both ranks of two in turn.
RingTensor fourth_powers(Party& party, int64_t first, int64_t count = 6) {
  const auto x = share(party, RingTensor(at::arange(first, first + count, at::kLong)), {count}, 0);
  return reveal(party, square(party, square(party, x)));
}

RingTensor expected(int64_t first, int64_t count = 6) { return RingTensor(at::arange(first, first + count, at::kLong).pow(4)); }

using Numbers = std::vector<uint64_t>;

}  // namespace

TEST_CASE("A run asks ahead what the run before asked, where the form is the same; results, rounds and bytes are those of each", "[mpc][rehearsal]") {
  const int parties = GENERATE(1, 2, 3);
  struct Result {
    bool right = true;
    Numbers prefetched, calls;
    std::vector<Cost> costs;
  };
  const auto results = run_parties(parties, [](Party& party) {
    Result result;
    Rehearsal rehearsal;
    for (const int64_t count : {6, 6, 6, 9, 9, 6}) {
      const Cost before = party.cost();
      const auto run = [&] {
        result.calls.push_back(party.provider().current_call());
        return fourth_powers(party, 2, count);
      };
      result.right = result.right && rehearsal.run(party, {{count}}, run).equal(expected(2, count));
      result.costs.push_back(party.cost() - before);
      result.prefetched.push_back(party.provider().prefetched());
      result.right = result.right && party.provider().current_call() == 0 && !party.provider().awaits_call();
    }
    const Cost before = party.cost();
    fourth_powers(party, 2);
    result.costs.push_back(party.cost() - before);
    return result;
  });
  for (int rank = 0; rank < parties; ++rank) {
    const auto& result = results[static_cast<size_t>(rank)];
    CHECK(result.right);
    CHECK(result.calls == Numbers{1, 2, 3, 4, 5, 6});
    const uint64_t each = parties == 1 ? 2 : rank >= parties - 2 ? 1 : 0;
    CHECK(result.prefetched == Numbers{0, each, 2 * each, 2 * each, 3 * each, 3 * each});
    for (const size_t run : {1, 2, 5, 6}) CHECK(result.costs[run] == result.costs[0]);
    CHECK(result.costs[4] == result.costs[3]);
  }
}

TEST_CASE("What a run asks otherwise than the one before is asked afresh", "[mpc][rehearsal]") {
  const auto right = run_parties(2, [](Party& party) {
    Rehearsal rehearsal;
    bool all = true;
    for (const int64_t count : {6, 9, 9, 6}) all = all && rehearsal.run(party, {}, [&] { return fourth_powers(party, 2, count); }).equal(expected(2, count));
    return all && party.provider().prefetched() == 1;  // of the third run
  });
  for (const bool rank : right) CHECK(rank);
}

TEST_CASE("Inside a plan's call, in a lane, and while a plan's next call is awaited, nothing is asked ahead", "[mpc][rehearsal]") {
  const auto calls = run_parties(2, [](Party& party) {
    Numbers numbers;
    Rehearsal rehearsal;
    const auto run = [&] {
      return rehearsal.run(party, {}, [&] {
        numbers.push_back(party.provider().current_call());
        return fourth_powers(party, 2);
      });
    };
    run(), run();  // calls 1 and 2
    party.together({run, run});
    Plan plan(party);
    plan.call([&] { run(), run(); });  // call 3
    run();
    plan.call([&] { run(), run(); });  // call 4, which finds what was asked for it
    numbers.push_back(party.provider().prefetched());
    return numbers;
  });
  for (const auto& numbers : calls) CHECK(numbers == Numbers{1, 2, 0, 0, 3, 3, 0, 4, 4, 1 + 2});
}

TEST_CASE("A run that throws ends its call, and the next one asks nothing ahead", "[mpc][rehearsal]") {
  const auto calls = run_parties(2, [](Party& party) {
    Rehearsal rehearsal;
    rehearsal.run(party, {}, [&] { return fourth_powers(party, 2); });
    try {
      rehearsal.run(party, {}, [&] {
        fourth_powers(party, 2);
        throw std::out_of_range("a user's error");
        return 0;
      });
    } catch (const std::out_of_range&) {
    }
    const uint64_t outside = party.provider().current_call(), before = party.provider().prefetched();
    const bool right = rehearsal.run(party, {}, [&] { return fourth_powers(party, 3); }).equal(expected(3));
    return Numbers{outside, party.provider().prefetched() - before, right};
  });
  for (const auto& numbers : calls) CHECK(numbers == Numbers{0, 0, 1});
}

TEST_CASE("A run on a closed party throws SessionClosed", "[mpc][rehearsal]") {
  const auto closed = run_parties(1, [](Party& party) {
    Rehearsal rehearsal;
    rehearsal.run(party, {}, [&] { return fourth_powers(party, 2); });
    party.close();
    try {
      rehearsal.run(party, {}, [] { return 0; });
    } catch (const SessionClosed&) {
      return true;
    }
    return false;
  });
  CHECK(bool(closed[0]));
}
