// Dealt shares that are narrower than the ring and than what is dealt, packed bit by bit: corrections are uniform, and neighbours do not show in one another.
#include <catch2/catch.hpp>

#include "mpc/protocol/compare.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: corrections are uniform in every bit that is sent", "[mpc][secrecy]") {
  const auto check = [](Ring ring, ComparedInputs inputs, Program program) {
    check_safe({.ring = ring, .inputs = std::move(inputs), .program = std::move(program), .settings = 1});
  };
  check({.bits = 3}, {{0, 0}, {1, 2}, {2, 1}, {7, 5}}, [](Run& run, Party& party) { multiply(party, run.secret(0), run.secret(1)); });
  for (const int shift : {1, 2, 3})  // a shifted mask, and a top bit modulo 2^shift
    check({.bits = 5}, {{0}, {1}, {7}, {30}}, [shift](Run& run, Party& party) { truncate(party, run.secret(0), shift); });
  check({.bits = 3}, {{0}, {1}}, [](Run& run, Party& party) { to_arithmetic(party, run.secret_bit(0)); });
  check({.bits = 3}, {{0}, {1}}, [](Run& run, Party& party) { to_bits(party, open_masked(party, run.secret_bit(0))); });
}

TEST_CASE("Secrecy: a mask is dealt modulo less than it has bits, and hides the value all the same", "[mpc][secrecy]") {
  for (const int width : {1, 2, 3}) {
    for (const int parties : {2, 3}) {
      check_safe({.parties = parties, .ring = {.bits = 3}, .inputs = {{0}, {1}, {4}, {7}}, .program = [width](Run& run, Party& party) {
                    const auto X = mask_plain(party, run.secret(0));
                    const TermRef lambda{.kind = TermRef::Kind::mask, .masks = X->mask(), .sizes = X->sizes()};
                    const auto dealt = party.provider().request(ShareRequest{{{lambda, width}}});
                    open(party, {X});
                    dealt.ring();
                  }, .settings = 1});
    }
  }
}

TEST_CASE("Secrecy: corrections that go to all ranks in turn", "[mpc][secrecy]") {
  for (const int parties : {2, 3}) {
    const auto check = [parties](Ring ring, ComparedInputs inputs, Program program) {
      check_safe({.parties = parties, .ring = ring, .inputs = std::move(inputs), .program = std::move(program), .settings = 1, .in_turn = true});
    };
    // Both products of one value, its mask in either; one of them is revealed.
    check({.bits = 2}, {{1, 2}, {2, 1}, {0, 3}, {3, 2}}, [](Run& run, Party& party) {
      const auto x = run.secret(0), y = run.secret(1), first = multiply(party, x, y), second = square(party, x);
      run.learn(reveal(party, first + second), run.plain(0) * (run.plain(1) + run.plain(0)));
    });
    check({.bits = 4}, {{0}, {1}, {7}, {14}}, [](Run& run, Party& party) { truncate(party, run.secret(0), 2); });
    check({.bits = 3, .chunk_bits = 1, .arity = 2}, {{0}, {1}, {4}, {7}}, [](Run& run, Party& party) { bit_to_ring(party, is_negative(party, run.secret(0))); });
  }
}
