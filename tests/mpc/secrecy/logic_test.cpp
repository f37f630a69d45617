// Shared bits and words: logic, selection and conversions, by enumeration (examine.h). A bit has one mask bit; all values of all of them
// are met.

#include <catch2/catch.hpp>

#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: AND and OR of shared bits, unrevealed and as revealed ring elements", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(1, 3), .program = [](Run& run, Party& party) {
                  const std::array factors{run.secret_bit(0), run.secret_bit(1), run.secret_bit(2)};
                  bit_and(party, factors);
                }});
    check_safe({.parties = n, .inputs = grid(1, 2), .program = [](Run& run, Party& party) {
                  const std::array factors{run.secret_bit(0), run.secret_bit(1)};
                  run.learn(reveal(party, to_arithmetic(party, bit_and(party, factors))), run.plain(0) * run.plain(1));
                }});
    check_safe({.parties = n, .inputs = grid(1, 2), .program = [](Run& run, Party& party) {
                  const auto a = run.secret_bit(0), b = run.secret_bit(1);
                  run.learn(reveal(party, to_arithmetic(party, bit_or(party, a, b) ^ a)), run.plain(1) * (1 - run.plain(0)));
                }});
  }
}

TEST_CASE("Secrecy: bit to ring and select, both revealed", "[mpc][secrecy]") {
  const ComparedInputs inputs{{0, 1}, {0, 3}, {0, 6}, {1, 1}, {1, 3}, {1, 0}, {0, 0}};
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = inputs,
                .program =
                    [](Run& run, Party& party) {
                      const auto bit = open_masked(party, run.secret_bit(0));
                      const auto x = run.secret(1);
                      run.learn(reveal(party, select(party, bit, x)), run.plain(0) * run.plain(1));
                      run.learn(reveal(party, bit_to_ring(party, ~bit)), 1 - run.plain(0));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: masked bits become shared bits again", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(1, 2), .program = [](Run& run, Party& party) {
                  const auto bits = to_bits(party, open_masked(party, run.secret_bit(0)));
                  run.learn(reveal(party, to_arithmetic(party, bits ^ run.secret_bit(1))), at::bitwise_xor(run.plain(0), run.plain(1)));
                }});
  }
}

TEST_CASE("Secrecy: shared words become ring elements", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(3, 1), .program = [](Run& run, Party& party) {
                  run.learn(reveal(party, to_arithmetic(party, run.secret_words(0))), run.plain(0));
                }});
    check_safe({.parties = n, .inputs = grid(3, 1), .program = [](Run& run, Party& party) {
                  run.learn(reveal(party, to_arithmetic(party, run.secret_words(0), 2)), at::bitwise_and(run.plain(0), 3));
                }});
  }
}

TEST_CASE("Secrecy: AND of shared words, revealed: each bit of a word is an element here", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(1, 2), .program = [](Run& run, Party& party) {
                  const auto words = [&](size_t j) { return words_of(run.secret_bit(j), {run.elements() / 64}); };
                  const auto shown = reveal(party, bit_and(party, words(0), words(1)));
                  run.learn(RingTensor(bit_to_words(bits_of(BinaryShared(shown)).plane(), run.elements())), run.plain(0) * run.plain(1), 1);
                }});
  }
}
