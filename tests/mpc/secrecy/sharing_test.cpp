// Sharing and revealing, by enumeration (examine.h). Inputs have owners here, so that every coalition is looked at.

#include <catch2/catch.hpp>

#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

namespace {

// The sum of one input of each party, revealed to all.
Program sum(int parties) {
  return [parties](Run& run, Party& party) {
    auto total = run.owned(party, 0, 0);
    auto expected = run.plain(0).clone();
    for (int p = 1; p < parties; ++p) {
      total = total + run.owned(party, static_cast<size_t>(p), p);
      expected += run.plain(static_cast<size_t>(p));
    }
    run.learn(reveal(party, total), expected);
  };
}

}  // namespace

TEST_CASE("Secrecy: encrypt, add, reveal; every coalition of two and three", "[mpc][secrecy]") {
  check_safe({.parties = 2,
              .inputs = grid(3, 2),
              .program =
                  [](Run& run, Party& party) {
                    sum(2)(run, party);
                    // A party of two knows both zero shares' only key; a product's mask is what it cannot know.
                    multiply(party, run.owned(party, 0, 0), run.owned(party, 1, 1));
                  },
              .owners = {0, 1}});
  check_safe({.parties = 3,
              .ring = {.bits = 3},
              .inputs = {{0, 0, 0}, {0, 0, 5}, {5, 0, 0}, {1, 2, 4}, {4, 2, 1}, {2, 4, 1}, {1, 5, 6}, {7, 7, 6}, {0, 0, 4}, {2, 1, 1}},
              .program = sum(3),
              .owners = {0, 1, 2}});
}

TEST_CASE("Secrecy: encrypt, add, reveal; four parties, every coalition", "[mpc][secrecy]") {
  // One bit: a single party does not know three pairs' words, 15 bits of them.
  check_safe({.parties = 4, .ring = {.bits = 1}, .inputs = grid(1, 4), .program = sum(4), .owners = {0, 1, 2, 3}, .settings = 1});
  // Three bits, where that many can be enumerated: pairs, of which {0, 2} is what a ring of neighbours would fall to.
  check_safe({.parties = 4,
              .ring = {.bits = 3},
              .inputs = {{0, 1, 2, 3}, {0, 3, 2, 1}, {0, 2, 2, 2}, {5, 1, 0, 0}, {5, 0, 0, 1}},
              .program = sum(4),
              .owners = {0, 1, 2, 3},
              .coalitions = {{0, 2}, {1, 3}, {0, 1}, {2, 3}},
              .settings = 1});
}

TEST_CASE("Secrecy: a product and a sum of owned inputs, every coalition", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) {
    const auto z = multiply(party, run.owned(party, 0, 0), run.owned(party, 1, 1)) + run.owned(party, 1, 1);
    run.learn(reveal(party, z), run.plain(0) * run.plain(1) + run.plain(1));
  };
  check_safe({.parties = 2, .inputs = grid(3, 2), .program = program, .owners = {0, 1}});
  // Two bits of three parties: a single party does not know 20 bits.
  check_safe(
      {.parties = 3, .ring = {.bits = 2}, .inputs = {{0, 1}, {0, 3}, {2, 1}, {2, 3}}, .program = program, .owners = {0, 1}, .settings = 1});
  check_safe({.parties = 3,
              .inputs = {{0, 1}, {0, 5}, {1, 3}, {2, 3}, {2, 7}, {6, 3}, {1, 7}, {4, 2}},
              .program = program,
              .owners = {0, 1},
              .coalitions = {{0, 1}, {0, 2}, {1, 2}},
              .settings = 1});
}

TEST_CASE("Secrecy: what is revealed to one rank tells the others nothing", "[mpc][secrecy]") {
  for (const int to : {0, 1, 2}) {
    check_safe({.parties = 3,
                .inputs = grid(3, 1),
                .program =
                    [to](Run& run, Party& party) {
                      const auto x = run.secret(0);
                      square(party, x);
                      const auto shown = reveal(party, x, to);
                      if (shown.defined()) run.learn(shown, run.plain(0));
                    },
                .coalitions = {{0, 1}, {0, 2}, {1, 2}},
                .settings = 1});
  }
}

TEST_CASE("Secrecy: shared words, revealed", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) {
    const auto words = [&](size_t j, int owner) {
      return share_binary(party, run.rank() == owner ? RingTensor(run.plain(j)) : RingTensor(), run.plain(j).sizes(), owner);
    };
    run.learn(reveal(party, words(0, 0) ^ words(1, 1)), at::bitwise_xor(run.plain(0), run.plain(1)), 64);
  };
  check_safe({.parties = 3, .inputs = grid(3, 2), .program = program, .owners = {0, 1}});
}
