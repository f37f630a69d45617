// Products, by enumeration (examine.h): fresh and cached operands, linear maps of what is open, reveals in between.

#include <catch2/catch.hpp>

#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: multiply, both operands fresh", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) {
    run.learn(reveal(party, multiply(party, run.secret(0), run.secret(1))), run.plain(0) * run.plain(1));
  };
  for (const int n : {2, 3}) check_safe({.parties = n, .inputs = grid(3, 2), .program = program});
  check_safe(
      {.ring = {.bits = 4}, .inputs = {{0, 0}, {1, 2}, {2, 1}, {3, 6}, {6, 3}, {9, 2}, {15, 14}, {8, 0}, {0, 5}}, .program = program});
}

TEST_CASE("Secrecy: one cached operand in two products and a square, all revealed", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) {
    const auto x = run.secret(0), y = run.secret(1), w = run.secret(2);
    run.learn(reveal(party, multiply(party, x, y)), run.plain(0) * run.plain(1));
    run.learn(reveal(party, multiply(party, x, y + w)), run.plain(0) * (run.plain(1) + run.plain(2)));
    run.learn(reveal(party, square(party, x)), run.plain(0) * run.plain(0));
  };
  for (const int n : {2, 3}) check_safe({.parties = n, .ring = {.bits = 2}, .inputs = grid(2, 3), .program = program, .settings = 1});
  // Three bits: 18 hidden ones. Equal results of different inputs: x and −x, and even x with other y.
  check_safe({.inputs = {{0, 0, 0}, {0, 3, 5}, {4, 2, 2}, {4, 0, 6}, {3, 2, 1}}, .program = program, .settings = 1});
}

TEST_CASE("Secrecy: a factor that is revealed after its opening, then multiplied from the cache", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{1, 2, 3}, {1, 4, 3}, {1, 2, 6}, {2, 4, 1}, {2, 0, 1}, {2, 0, 5}},
                .program =
                    [](Run& run, Party& party) {
                      const auto x = run.secret(0), y = run.secret(1), w = run.secret(2);
                      multiply(party, x, y);
                      run.learn(reveal(party, x), run.plain(0));
                      run.learn(reveal(party, multiply(party, x, w)), run.plain(0) * run.plain(2));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: one value opened under two masks, then multiplied", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{0, 0}, {0, 3}, {2, 4}, {4, 2}, {1, 6}, {6, 1}},
                .program =
                    [](Run& run, Party& party) {
                      const auto x = run.secret(0);
                      open(party, {mask(party, ArithmeticShared(x.share()))});
                      run.learn(reveal(party, multiply(party, x, run.secret(1))), run.plain(0) * run.plain(1));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: sums, multiples and views of what is open", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{0, 0, 1}, {2, 6, 1}, {1, 7, 1}, {3, 1, 4}, {1, 3, 4}, {0, 4, 4}},
                .program =
                    [](Run& run, Party& party) {
                      const auto a = run.secret(0), b = run.secret(1), y = run.secret(2);
                      open(party, {mask(party, a), mask(party, b), mask(party, y)});
                      const auto flat = [](const ArithmeticShared& x) {
                        return x.view([](const at::Tensor& t) { return t.unsqueeze(0).squeeze(0); }, true);
                      };
                      const auto before = party.cost().bytes_sent;
                      const auto first = multiply(party, flat(a + b), y), second = multiply(party, a * 2 - y, -(a - b));
                      run.check(at::full({1}, static_cast<int64_t>(party.cost().bytes_sent - before)), at::zeros({1}, at::kLong),
                                64);  // nothing is opened anew
                      run.learn(reveal(party, first), (run.plain(0) + run.plain(1)) * run.plain(2));
                      run.learn(reveal(party, second), (run.plain(0) * 2 - run.plain(2)) * (run.plain(1) - run.plain(0)));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: a matrix product", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = grid(3, 2),
                .program =
                    [](Run& run, Party& party) {
                      const auto matrix = [](const ArithmeticShared& x) {
                        return x.view([](const at::Tensor& t) { return t.view({-1, 1, 1}); }, true);
                      };
                      run.learn(reveal(party, matmul(party, matrix(run.secret(0)), matrix(run.secret(1)))), run.plain(0) * run.plain(1));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: independent products whose openings travel together", "[mpc][secrecy]") {
  check_safe({.ring = {.bits = 2}, .inputs = grid(2, 3), .program = [](Run& run, Party& party) {
                const auto x = run.secret(0), y = run.secret(1), w = run.secret(2);
                ArithmeticShared first, second;
                party.together({[&] { first = multiply(party, x, y); }, [&] { second = multiply(party, x, w); }});
                run.learn(reveal(party, first), run.plain(0) * run.plain(1));
                run.learn(reveal(party, second), run.plain(0) * run.plain(2));
              }});
}

TEST_CASE("Secrecy: a static operand in two calls of a plan", "[mpc][secrecy]") {
  // The operand keeps its mask of the session's stream; each call has streams of its own.
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{1, 2, 3}, {1, 2, 5}, {5, 2, 7}, {0, 1, 1}, {4, 2, 6}, {4, 0, 2}},
                .program =
                    [](Run& run, Party& party) {
                      const auto weight = as_static(run.secret(0));
                      for (size_t call = 0; call < 2; ++call) {
                        party.begin_call();
                        run.learn(reveal(party, multiply(party, weight, run.secret(call + 1))), run.plain(0) * run.plain(call + 1));
                        const auto recorded = party.end_call();
                        if (call == 0) party.provider().prefetch(recorded);
                      }
                    },
                .settings = 1});
  }
}
