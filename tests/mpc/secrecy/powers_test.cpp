// Powers by digits and size classes, by enumeration (examine.h).

#include <catch2/catch.hpp>

#include "crypten_core/power_of_two.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/powers.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/size_class.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: a power by digits, unrevealed and revealed", "[mpc][secrecy]") {
  // 2^(x + 1) for x = 0, 1, 2, with digits of one bit.
  const auto power = [](Run& run, Party& party) {
    const auto X = mask_to_compare(party, run.secret(0));
    const PowerTable table(party, X, {.low_bits = 1, .high_bits = 1}, whole_exponent(1), whole_exponent(1), party.ring().bits);
    open(party, {X});
    return ArithmeticShared(table.combine(0, {{whole_exponent(0), whole_exponent(2)}}).front());
  };
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = {{0}, {1}, {2}}, .program = [&](Run& run, Party& party) { power(run, party); }});
    check_safe({.parties = n,
                .inputs = {{0}, {1}, {2}},
                .program = [&](Run& run, Party& party) { run.learn(reveal(party, power(run, party)), at::bitwise_left_shift(run.plain(0) * 0 + 2, run.plain(0))); },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: the size class, unrevealed", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) { SizeClass(party, mask_to_compare(party, run.secret(0)), 1, 2, false).finish(party); };
  for (const int n : {2, 3}) check_safe({.parties = n, .inputs = grid(2, 1), .program = program, .settings = 1});
}

TEST_CASE("Secrecy: the sign beside the size class, revealed", "[mpc][secrecy]") {
  // Exact, since no bit is left out.
  check_safe({.ring = {.bits = 3, .chunk_bits = 3, .arity = 2},
              .inputs = {{0}, {1}, {6}, {7}},
              .program =
                  [](Run& run, Party& party) {
                    SizeClass size(party, mask_to_compare(party, run.secret(0)), 0, 1, true);
                    size.finish(party);
                    run.learn(reveal(party, bit_to_ring(party, size.sign())), (run.number(0) < 0).to(at::kLong));
                  },
              .settings = 1});
}
