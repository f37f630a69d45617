// Shared words, private places in tables, and shuffles, by enumeration (examine.h).

#include <catch2/catch.hpp>

#include "mpc/protocol/convert.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/shuffle.h"
#include "mpc/protocol/table.h"
#include "mpc/protocol/word_arithmetic.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: sums of shared words, unrevealed and as revealed ring elements", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(3, 2), .program = [](Run& run, Party& party) { add(party, run.secret_words(0), run.secret_words(1)); }, .settings = 1});
    // Four bits: chunks in the middle.
    check_safe({.parties = n,
                .ring = {.bits = 4, .chunk_bits = 1, .arity = 2},
                .inputs = {{0, 0}, {1, 15}, {15, 15}, {8, 7}},
                .program = [](Run& run, Party& party) { add(party, run.secret_words(0), run.secret_words(1)); },
                .settings = 1});
    check_safe({.parties = n,
                .ring = {.bits = 2, .chunk_bits = 1, .arity = 2},
                .inputs = grid(2, 2),
                .program =
                    [](Run& run, Party& party) {
                      const auto difference = subtract(party, run.secret_words(0), run.secret_words(1));
                      run.learn(reveal(party, to_arithmetic(party, difference)), run.plain(0) - run.plain(1));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: comparisons of shared words, revealed", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{0, 1}, {1, 0}, {7, 0}, {0, 7}, {4, 3}, {3, 4}, {5, 5}, {2, 6}},
                .program =
                    [](Run& run, Party& party) {
                      run.learn(reveal(party, to_arithmetic(party, less(party, run.secret_words(0), run.secret_words(1)))), run.number(0).lt(run.number(1)).to(at::kLong));
                    },
                .settings = 1});
    check_safe({.parties = n,
                .inputs = grid(3, 2),
                .program =
                    [](Run& run, Party& party) {
                      run.learn(reveal(party, to_arithmetic(party, equal(party, run.secret_words(0), run.secret_words(1)))), run.plain(0).eq(run.plain(1)).to(at::kLong));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: ring elements become words, which become ring elements", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = grid(3, 1),
                .program = [](Run& run, Party& party) { run.learn(reveal(party, to_arithmetic(party, to_binary(party, run.secret(0)))), run.plain(0)); },
                .settings = 1});
    // Chunks of two bits; the opening serves two conversions.
    check_safe({.parties = n,
                .ring = {.bits = 3, .chunk_bits = 2, .arity = 2},
                .inputs = grid(3, 1),
                .program =
                    [](Run& run, Party& party) {
                      const auto x = run.secret(0);
                      to_binary(party, x), to_binary(party, x);
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: a public table at a private place, revealed; with a fractional bit", "[mpc][secrecy]") {
  const auto table = at::tensor(std::vector<int64_t>{5, 2, 7, 2}, at::kLong);
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = grid(2, 1),
                .program = [table](Run& run, Party& party) { run.learn(reveal(party, look_up(party, RingTensor(table), run.secret(0), 0)), table.index({run.plain(0)})); },
                .settings = 1});
    check_safe({.parties = n,
                .inputs = {{0}, {2}, {4}, {6}},
                .program =
                    [table](Run& run, Party& party) {
                      run.learn(reveal(party, look_up(party, RingTensor(table), run.secret(0), 1)), table.index({at::bitwise_right_shift(run.plain(0), 1)}));
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: a private table of two entries at a private place, revealed", "[mpc][secrecy]") {
  // look_up()'s steps, with a table for each element: the place's one-hot vector, which is opened beside the table, and their product. Rows are entries.
  const Program program = [](Run& run, Party& party) {
    const ArithmeticShared vectors(RingTensor(one_hot(party, run.secret(0), 0, 1).share().words().t().contiguous()));
    const ArithmeticShared table(RingTensor(at::stack({run.secret(1).share().words(), run.secret(2).share().words()})));
    const auto across = vectors.view([](const at::Tensor& t) { return t.t().unsqueeze(1); }, true), along = table.view([](const at::Tensor& t) { return t.t().unsqueeze(2); }, true);
    const auto entry = matmul(party, across, along).view([](const at::Tensor& t) { return t.reshape({-1}); }, true);
    run.learn(reveal(party, entry), at::where(run.plain(0) == 0, run.plain(1), run.plain(2)));
  };
  for (const int n : {2, 3})
    check_safe({.parties = n,
                .ring = {.bits = 2, .chunk_bits = 1, .arity = 2},
                .inputs = {{0, 1, 2}, {1, 2, 1}, {0, 1, 1}, {1, 3, 1}, {0, 3, 0}, {1, 0, 3}, {1, 0, 0}, {0, 0, 3}},
                .program = program,
                .settings = 1,
                .opened_rows = {1, 2, 2, 1}});
}

TEST_CASE("Secrecy: a shuffle of two rows, unrevealed and revealed", "[mpc][secrecy]") {
  const auto rows = [](Run& run, Party& party) {
    const ArithmeticShared x(RingTensor(at::stack({run.secret(0).share().words(), run.secret(1).share().words()})));
    return shuffle(party, std::array{x}, Orders::of_each_column)[0];
  };
  const Program revealed = [rows](Run& run, Party& party) {
    const auto order = reveal(party, rows(run, party)).words();
    run.check(order.sum(0), run.plain(0) + run.plain(1), party.ring().bits);
    run.check(order[0].mul(order[1]), run.plain(0) * run.plain(1), party.ring().bits);
    // Which two rows they are, and not in which order they came.
    run.entitle(order.sum(0), party.ring().bits), run.entitle(order[0].mul(order[1]), party.ring().bits);
  };
  for (const Program& program : {Program(rows), revealed}) {
    check_safe({.ring = {.bits = 2}, .inputs = {{0, 1}, {1, 0}, {3, 2}, {2, 3}}, .program = program, .settings = 1, .rows = 2});
    check_safe({.parties = 3, .ring = {.bits = 1}, .inputs = {{0, 1}, {1, 0}, {1, 1}, {0, 0}}, .program = program, .settings = 1, .rows = 2});
  }
}

TEST_CASE("Planted: a permutation that is known, and two carries under one mask bit, are found", "[mpc][secrecy]") {
  const StreamName masks{.role = StreamName::Role::mask, .first = 1};
  const auto shuffled = [](Run& run, Party& party) {
    const ArithmeticShared x(RingTensor(at::stack({run.secret(0).share().words(), run.secret(1).share().words()})));
    const auto order = reveal(party, shuffle(party, std::array{x}, Orders::of_each_column)[0]).words();
    run.entitle(order.sum(0), 2), run.entitle(order[0].mul(order[1]), 2);
  };
  // Of rank 1's stream: keys and masks of the first turn, keys and masks of its own.
  const auto constant_keys = [masks](Layout& layout) { layout.streams.at(masks).at(2).variables.at(0) = {.width = 2}; };
  check_safe({.ring = {.bits = 2}, .inputs = {{0, 1}, {1, 0}}, .program = shuffled, .coalitions = {{0}}, .rows = 2});
  check_leaks({.ring = {.bits = 2}, .inputs = {{0, 1}, {1, 0}}, .program = shuffled, .coalitions = {{0}}, .rows = 2, .plant = constant_keys});

  const auto sum = [](Run& run, Party& party) { add(party, run.secret_words(0), run.secret_words(1)); };
  // Three bits of each word, then the carry out of the lowest and that the next one passes it on.
  const auto one_bit = [masks](Layout& layout) {
    auto& bits = layout.streams.at(masks).at(0).variables;
    bits.at(7) = bits.at(6);
  };
  check_safe({.inputs = {{0, 0}, {1, 1}, {2, 0}}, .program = sum, .coalitions = {{0}}});
  check_leaks({.inputs = {{0, 0}, {1, 1}, {2, 0}}, .program = sum, .coalitions = {{0}}, .plant = one_bit});
}
