// Truncations, by enumeration (examine.h). A revealed dithered truncation is meant to tell the value and the dither u = Y mod 2^f, which
// all know; an exact one the value alone.

#include <catch2/catch.hpp>

#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

namespace {

const ComparedInputs kDomain{{12}, {13}, {14}, {15}, {0}, {1}, {2}, {3}, {4}};  // −4 … 4 in a ring of four bits: all that may be truncated

// The dither of an opened value: the low bits of Y = X + 2^(k−2).
at::Tensor dither(Party& party, const ArithmeticShared& x, int shift) {
  const auto Y = mask(party, x)->value.words() + (int64_t{1} << (party.ring().bits - 2));
  return at::bitwise_and(Y, (int64_t{1} << shift) - 1);
}

// What truncate() computes: ⌊x / 2^f⌋ + [u < x mod 2^f].
at::Tensor rounded(const at::Tensor& number, const at::Tensor& u, int shift) {
  return at::bitwise_right_shift(number, shift) + u.lt(at::bitwise_and(number, (int64_t{1} << shift) - 1)).to(at::kLong);
}

Program truncation(bool shown, bool with_dither = true) {
  return [=](Run& run, Party& party) {
    const auto x = run.secret(0);
    const auto t = truncate(party, x, 2);
    if (!shown) return;
    const auto u = dither(party, x, 2);
    run.learn(reveal(party, t), rounded(run.number(0), u, 2));
    if (with_dither) run.entitle(u, 2);
  };
}

}  // namespace

TEST_CASE("Secrecy: truncate, unrevealed and revealed", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .ring = {.bits = 4}, .inputs = kDomain, .program = truncation(false)});
    check_safe({.parties = n, .ring = {.bits = 4}, .inputs = kDomain, .program = truncation(true)});
  }
}

TEST_CASE("By design: a revealed truncation tells a comparison of the dropped bits with the dither", "[mpc][secrecy]") {
  check_leaks({.ring = {.bits = 4}, .inputs = kDomain, .program = truncation(true, false)});
}

TEST_CASE("Secrecy: truncate exactly, revealed: the value alone", "[mpc][secrecy]") {
  // x + 2^(f−1) has to stay in the domain.
  const ComparedInputs domain{{12}, {13}, {14}, {15}, {0}, {1}, {2}};
  const Program program = [](Run& run, Party& party) {
    run.learn(reveal(party, truncate_exact(party, run.secret(0), 2)), at::bitwise_right_shift(run.number(0) + 2, 2));
  };
  // One chunk: 18 hidden bits. Two chunks and a merge: 21, on fewer inputs.
  for (const int n : {2, 3})
    check_safe({.parties = n,
                .ring = {.bits = 4, .chunk_bits = 2, .arity = 2},
                .inputs = {{14}, {15}, {0}, {1}},
                .program = program,
                .settings = 1});
  check_safe({.ring = {.bits = 4, .chunk_bits = 1, .arity = 2}, .inputs = {{0}, {1}}, .program = program, .settings = 1});
  // Without the last rank, which alone sees corrections, few bits are hidden.
  for (const int n : {2, 3})
    check_safe({.parties = n,
                .ring = {.bits = 4, .chunk_bits = 1, .arity = 2},
                .inputs = domain,
                .program = program,
                .coalitions = {n == 2 ? std::vector<int>{0} : std::vector<int>{0, 1}}});
}

TEST_CASE("Secrecy: truncate and ReLU from one opening, revealed", "[mpc][secrecy]") {
  const auto program = [](bool exact) {
    return [exact](Run& run, Party& party) {
      const auto x = run.secret(0);
      const auto result = truncate_relu(party, x, 1, exact);
      const auto u = dither(party, x, 1), value = run.number(0);
      const auto quotient = exact ? at::bitwise_right_shift(value + 1, 1) : rounded(value, u, 1);
      run.learn(reveal(party, result), at::where((exact ? value + 1 : value) < 0, 0, quotient));
      if (!exact) run.entitle(u, 1);
    };
  };
  // Dithered: 21 hidden bits. Exact: 27 with the last rank, too many: its parts are looked at above, and all of it without the last rank.
  check_safe({.inputs = {{0}, {7}}, .program = program(false), .settings = 1});
  for (const bool exact : {false, true})
    for (const int n : {2, 3})
      check_safe({.parties = n,
                  .inputs = {{6}, {7}, {0}, {1}, {exact ? 0ULL : 2ULL}},
                  .program = program(exact),
                  .coalitions = {n == 2 ? std::vector<int>{0} : std::vector<int>{0, 1}}});
}

TEST_CASE("Secrecy: multiply, truncate, multiply by a cached factor, revealed", "[mpc][secrecy]") {
  // 20 hidden bits; products within the domain −2 … 2.
  const auto program = [](bool opened_again) {
    return [opened_again](Run& run, Party& party) {
      const auto x = run.secret(0), y = run.secret(1), z = multiply(party, x, y), t = truncate(party, z, 1);
      const auto u = dither(party, z, 1), quotient = rounded(run.number_of(run.plain(0) * run.plain(1)), u, 1);
      const auto matrix = [](const ArithmeticShared& a) { return a.view([](const at::Tensor& w) { return w.view({-1, 1, 1}); }, true); };
      const auto w = opened_again ? matmul(party, matrix(t), matrix(x)) : multiply(party, t, x);
      run.learn(reveal(party, w), quotient * run.plain(0));
      run.entitle(u, 1);
    };
  };
  check_safe({.inputs = {{1, 1}, {7, 7}}, .program = program(false), .settings = 1});
  for (const bool opened_again : {false, true})
    for (const int n : {2, 3})
      check_safe({.parties = n,
                  .inputs = {{0, 0}, {0, 5}, {2, 0}, {2, 4}, {1, 1}, {1, 7}, {2, 1}, {6, 7}},
                  .program = program(opened_again),
                  .coalitions = {n == 2 ? std::vector<int>{0} : std::vector<int>{0, 1}},
                  .settings = 1});
  // Opened again, with the last rank: 22 hidden bits. Without the first product: 16.
  for (const int n : {2, 3})
    check_safe({.parties = n,
                .inputs = {{0, 0}, {0, 5}, {2, 2}, {1, 3}, {7, 3}},
                .program =
                    [](Run& run, Party& party) {
                      const auto matrix = [](const ArithmeticShared& a) {
                        return a.view([](const at::Tensor& w) { return w.view({-1, 1, 1}); }, true);
                      };
                      const auto x = run.secret(0), t = truncate(party, x, 1);
                      const auto u = dither(party, x, 1);
                      run.learn(reveal(party, matmul(party, matrix(t), matrix(run.secret(1)))),
                                rounded(run.number(0), u, 1) * run.plain(1));
                      run.entitle(u, 1);
                    },
                .settings = 1});
}
