#include "mpc/running_call.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

using namespace crypten;

TEST_CASE("A running call ends where it is left, and says once what was requested in it", "[mpc][plan]") {
  const auto right = run_parties(2, [](Party& party) {
    const auto inside = [&] { return party.provider().current_call() != 0; };
    bool all = true;
    {
      RunningCall running(party);
      square(party, share(party, RingTensor(at::arange(6, at::kLong)), {6}, 0));
      all = all && inside() && running.end().size() == 1 && !inside();
    }
    try {
      RunningCall running(party);
      throw std::out_of_range("a user's error");
    } catch (const std::out_of_range&) {
    }
    all = all && !inside();
    try {
      RunningCall running(party);
      party.close();
    } catch (const Error&) {
      all = false;  // closed within the call: nothing is left to end
    }
    return all;
  });
  for (const bool rank : right) CHECK(rank);
}
