// Comparisons and what is built on them, by enumeration (examine.h).

#include <catch2/catch.hpp>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/sort.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

namespace {

at::Tensor as_numbers(const at::Tensor& condition) { return condition.to(at::kLong); }

}  // namespace

TEST_CASE("Secrecy: compare with zero, unrevealed; chunks and merges of several shapes", "[mpc][secrecy]") {
  const Program negative = [](Run&run, Party&party) { is_negative(party, run.secret(0)); },
                zero = [](Run&run, Party&party) { is_zero(party, run.secret(0)); };
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(3, 1), .program = negative});
    check_safe({.parties = n, .ring = {.bits = 4, .chunk_bits = 2, .arity = 2}, .inputs = grid(4, 1), .program = negative, .settings = 1});
    check_safe({.parties = n, .ring = {.bits = 3, .chunk_bits = 1, .arity = 3}, .inputs = grid(3, 1), .program = zero, .settings = 1});
    check_safe(
        {.parties = n, .ring = {.bits = 3, .chunk_bits = 1, .arity = 2}, .inputs = {{0}, {1}, {4}, {7}}, .program = zero, .settings = 1});
  }
  // Three chunks: merged at once, and in two levels.
  check_safe({.ring = {.bits = 4, .chunk_bits = 1, .arity = 3}, .inputs = {{0}, {3}, {8}, {15}}, .program = negative, .settings = 1});
  check_safe({.ring = {.bits = 4, .chunk_bits = 1, .arity = 2}, .inputs = {{0}, {3}, {8}, {15}}, .program = negative, .settings = 1});
}

TEST_CASE("Secrecy: compare with zero, the bit revealed as a ring element", "[mpc][secrecy]") {
  const Program program = [](Run& run, Party& party) {
    run.learn(reveal(party, bit_to_ring(party, is_negative(party, run.secret(0)))), as_numbers(run.number(0) < 0));
  };
  for (const int n : {2, 3}) check_safe({.parties = n, .inputs = grid(3, 1), .program = program});
  const Program zero = [](Run& run, Party& party) {
    run.learn(reveal(party, bit_to_ring(party, is_zero(party, run.secret(0)))), as_numbers(run.plain(0) == 0));
  };
  for (const int n : {2, 3})
    check_safe(
        {.parties = n, .ring = {.bits = 3, .chunk_bits = 1, .arity = 3}, .inputs = {{0}, {1}, {4}, {7}}, .program = zero, .settings = 1});
}

TEST_CASE("Secrecy: x < y of two cached openings, revealed", "[mpc][secrecy]") {
  check_safe({.inputs = {{0, 1}, {7, 1}, {1, 0}, {2, 7}, {0, 0}, {6, 5}},
              .program =
                  [](Run& run, Party& party) {
                    const auto x = run.secret(0), y = run.secret(1);
                    open(party, {mask(party, x), mask(party, y)});
                    run.learn(reveal(party, bit_to_ring(party, is_negative(party, x - y))),
                              as_numbers(run.number_of(run.plain(0) - run.plain(1)) < 0));
                  },
              .settings = 1});
}

TEST_CASE("Secrecy: two thresholds on one opening", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = grid(3, 1),
                .program =
                    [](Run& run, Party& party) {
                      const auto x = run.secret(0);
                      const auto one = party.public_share(RingTensor(at::ones({run.elements()}, at::kLong)));
                      is_negative(party, x);
                      is_negative(party, x - one);
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: comparisons that look at a few bits", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    // −2 … 1 in a ring of 3 bits: one bit and the sign, revealed; then without the lowest bit, where the outcome is chance and stays hidden.
    const Program narrow = [](Run& run, Party& party) {
      Comparison negative(party, mask(party, run.secret(0)), Comparison::Kind::negative, 0, {.top = 1});
      run.learn(reveal(party, bit_to_ring(party, negative.finish(party))), as_numbers(run.number(0) < 0));
    };
    check_safe({.parties = n, .inputs = {{6}, {7}, {0}, {1}}, .program = narrow, .settings = 1});
    const Program coarse = [](Run& run, Party& party) {
      Comparison negative(party, mask(party, run.secret(0)), Comparison::Kind::negative, 0, {.first = 1});
      bit_to_ring(party, negative.finish(party));
    };
    check_safe({.parties = n, .inputs = grid(3, 1), .program = coarse, .settings = 1});
    const Program zero = [](Run& run, Party& party) {
      Comparison none(party, mask(party, run.secret(0)), Comparison::Kind::zero, 0, {.top = 1});
      run.learn(reveal(party, bit_to_ring(party, none.finish(party))), as_numbers(run.number(0) == 0));
    };
    check_safe({.parties = n, .inputs = {{7}, {0}, {1}}, .program = zero, .settings = 1});
  }
}

TEST_CASE("Secrecy: ReLU and maximum of two, revealed", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .inputs = {{4}, {5}, {7}, {0}, {1}},
                .program = [](Run& run, Party& party) { run.learn(reveal(party, relu(party, run.secret(0))), run.number(0).clamp_min(0)); },
                .settings = 1});
  }
  check_safe({.inputs = {{1, 0}, {0, 1}, {7, 1}, {1, 7}, {1, 1}},
              .program =
                  [](Run& run, Party& party) {
                    run.learn(reveal(party, maximum(party, run.secret(0), run.secret(1))), at::maximum(run.number(0), run.number(1)));
                  },
              .settings = 1});
}

TEST_CASE("Secrecy: maximum along a dimension, with its index, revealed", "[mpc][secrecy]") {
  // Values 0 and 1, so that no difference overflows two bits. In pairs, as many rows are.
  const auto program = [](bool with_index) {
    return [with_index](Run& run, Party& party) {
      const std::array candidates{run.secret(0), run.secret(1), run.secret(2)};
      std::vector<at::Tensor> shares, plain;
      for (size_t j = 0; j < 3; ++j) shares.push_back(candidates[j].share().words()), plain.push_back(run.plain(j));
      const auto numbers = at::arange(3, at::kLong).unsqueeze(1).expand({3, run.elements()});
      Maximum best{ArithmeticShared(RingTensor(at::stack(shares))), with_index ? party.public_share(RingTensor(numbers)) : ArithmeticShared()};
      for (const auto& level : tournament(3, int64_t{1} << 40)) best = play_level(party, best, 0, level);
      const auto [value, index] = at::stack(plain).max(0);
      run.learn(reveal(party, best.value), value);
      if (with_index) run.learn(reveal(party, best.index), index);
    };
  };
  for (const int n : {2, 3})
    check_safe({.parties = n, .ring = {.bits = 2, .chunk_bits = 1}, .inputs = grid(1, 3), .program = program(false), .settings = 1});
  check_safe({.ring = {.bits = 2, .chunk_bits = 1}, .inputs = {{1, 0, 1}, {1, 1, 0}}, .program = program(true), .settings = 1});
}

TEST_CASE("Secrecy: a group of three, all pairs compared at once, the largest revealed", "[mpc][secrecy]") {
  // Values 0 and 1, so that no difference overflows two bits. What a coalition with the last rank cannot see is too much to enumerate at once (31 bits): it is in parts below.
  const Program program = [](Run& run, Party& party) {
    std::vector<at::Tensor> shares, plain;
    for (size_t j = 0; j < 3; ++j) shares.push_back(run.secret(j).share().words()), plain.push_back(run.plain(j));
    const TournamentLevel group{.candidates = 3, .group = 3, .groups = 1};
    const auto winner = play_level(party, {ArithmeticShared(RingTensor(at::stack(shares))), {}}, 0, group).value;
    run.learn(reveal(party, ArithmeticShared(RingTensor(winner.share().words()[0]))), at::stack(plain).amax(0));
  };
  const ComparedInputs pairs{{1, 0, 1}, {1, 1, 0}, {0, 0, 1}, {0, 0, 0}};
  check_safe({.ring = {.bits = 2, .chunk_bits = 1}, .inputs = pairs, .program = program, .coalitions = {{0}}, .settings = 2, .opened_rows = {3, 2, 2, 1}});
  check_safe({.parties = 3, .ring = {.bits = 2, .chunk_bits = 1}, .inputs = pairs, .program = program, .coalitions = {{0, 1}}, .settings = 1, .opened_rows = {3, 2, 2, 1}});
}

TEST_CASE("Secrecy: comparisons of one difference each that end in shares, and the AND of two of them, for all coalitions", "[mpc][secrecy]") {
  // Two rows of comparisons and one of ANDs: as a candidate of a group of three.
  const Program program = [](Run& run, Party& party) {
    const auto x = run.secret(0).share().words(), y = run.secret(1).share().words();
    const ArithmeticShared differences(RingTensor(at::stack({x, y})));
    Comparison negative(party, mask(party, differences), Comparison::Kind::negative, 0, {}, Comparison::Outcome::shared);
    const auto bits = negative.share(party);
    const auto words = bit_to_words(bits.plane(), bits.numel()).view(bits.sizes());
    std::vector<BitShared> factors;
    for (int row = 0; row < 2; ++row) factors.emplace_back(slice_bits(words[row].contiguous(), 0, 1), std::vector<int64_t>{run.elements()});
    run.learn(reveal(party, to_arithmetic(party, bit_and(party, factors))), as_numbers((run.number(0) < 0).logical_and(run.number(1) < 0)));
  };
  for (const int n : {2, 3})
    check_safe({.parties = n, .ring = {.bits = 2, .chunk_bits = 1}, .inputs = {{2, 3}, {3, 3}, {0, 3}, {1, 0}}, .program = program, .settings = 1, .opened_rows = {2, 1, 1, 1}});
}

TEST_CASE("Secrecy: the compare-exchange of a sort, both values revealed", "[mpc][secrecy]") {
  // Values 0 and 1, so that no difference overflows two bits.
  const Program program = [](Run& run, Party& party) {
    const auto pair = at::stack({run.secret(0).share().words(), run.secret(1).share().words()});
    const auto sorted = sort_along(party, ArithmeticShared(RingTensor(pair)), 0, 0, 2, false).value.share().words();
    const auto expected = std::get<0>(at::stack({run.plain(0), run.plain(1)}).sort(0));
    for (int64_t place = 0; place < 2; ++place) run.learn(reveal(party, ArithmeticShared(RingTensor(sorted[place]))), expected[place]);
  };
  for (const int n : {2, 3}) check_safe({.parties = n, .ring = {.bits = 2, .chunk_bits = 1}, .inputs = grid(1, 2), .program = program, .settings = 1});
}

TEST_CASE("Secrecy: one opening serves a truncation, a comparison and a product; bit and product revealed", "[mpc][secrecy]") {
  check_safe({.inputs = {{1, 2}, {2, 1}},
              .program =
                  [](Run& run, Party& party) {
                    const auto x = run.secret(0), y = run.secret(1);
                    run.learn(reveal(party, bit_to_ring(party, is_negative(party, x))), as_numbers(run.number(0) < 0));
                    run.learn(reveal(party, multiply(party, x, y)), run.plain(0) * run.plain(1));
                  },
              .settings = 1});
  // With the truncation too, in one chunk: 17 hidden bits.
  check_safe({.ring = {.bits = 3, .chunk_bits = 2},
              .inputs = {{1, 2}, {2, 1}, {1, 6}, {6, 1}},
              .program =
                  [](Run& run, Party& party) {
                    const auto x = run.secret(0), y = run.secret(1);
                    truncate(party, x, 1);
                    is_negative(party, x);
                    run.learn(reveal(party, multiply(party, x, y)), run.plain(0) * run.plain(1));
                  },
              .settings = 1});
}
