// What functions of reals are made of, by enumeration (examine.h): narrow openings, truncations out of a small ring, series, bands.

#include <catch2/catch.hpp>

#include "mpc/protocol/bands.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/series.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

namespace {

// The top bits of a share: an angle that drops low bits.
MaskedPtr top_bits(Party& party, const ArithmeticShared& x, int dropped) {
  return mask_narrow(party, shift_right_logical(low_bits(x.share(), party.ring().bits), dropped), party.ring().bits - dropped, "test");
}

// One harmonic of the angle, opened in a small ring, truncated and lifted into the party's; not revealed.
Program series_of(int width) {
  return [width](Run& run, Party& party) {
    const auto angle = mask_angle(party, run.secret(0).share(), party.ring().bits);
    const SeriesOfAngle series(party, angle, {1}, 1, 1, width);
    open(party, {angle});
    const Series both{.constant = 1 << kCoefficientBits, .harmonics = {1}, .cosine = {1 << kCoefficientBits}, .sine = {3 << (kCoefficientBits - 1)}};
    const auto value = mask_narrow(party, series.evaluate(party, both), width, "test");
    const PendingTruncation truncation(party, value, 1);
    open(party, {value});
    truncation.share(party);
  };
}

}  // namespace

TEST_CASE("Secrecy: narrow openings, of low and of top bits", "[mpc][secrecy]") {
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(3, 1), .program = [](Run& run, Party& party) {
                  const auto x = run.secret(0);
                  open(party, {mask_narrow(party, x.share(), 2, "test"), top_bits(party, x, 1), mask(party, x)});
                }});
  }
}

TEST_CASE("Secrecy: a truncation out of a small ring, revealed", "[mpc][secrecy]") {
  // Values −2 … 2, shared modulo 2^3 in a ring of four bits: u = Y mod 2 is the dither that a revealed truncation tells.
  for (const int n : {2, 3}) {
    check_safe({.parties = n,
                .ring = {.bits = 4},
                .inputs = {{14}, {15}, {0}, {1}, {2}},
                .program =
                    [](Run& run, Party& party) {
                      const auto value = mask_narrow(party, run.secret(0).share(), 3, "test");
                      const PendingTruncation truncation(party, value, 1);
                      open(party, {value});
                      const auto u = at::bitwise_and(value->value.words(), 1), x = run.number(0);
                      run.learn(reveal(party, truncation.share(party)), at::bitwise_right_shift(x, 1) + u.lt(at::bitwise_and(x, 1)).to(at::kLong));
                      run.entitle(u, 1);
                    },
                .settings = 1});
  }
}

TEST_CASE("Secrecy: a series of a shared angle, truncated", "[mpc][secrecy]") {
  for (const int n : {2, 3}) check_safe({.parties = n, .inputs = grid(3, 1), .program = series_of(3), .settings = 1});
}

TEST_CASE("Secrecy: bands of two thresholds, exact and fuzzy; the exact ones revealed", "[mpc][secrecy]") {
  const auto bands = [](int first_bit, bool shown) {
    return [=](Run& run, Party& party) {
      Bands found(party, mask_to_compare(party, run.secret(0)), {0, 2}, first_bit);
      found.finish(party);
      if (!shown) return;
      const auto x = run.number(0);
      run.learn(reveal(party, bit_to_ring(party, found.bit(0))), x.ge(0).logical_and(x.lt(2)).to(at::kLong));
      run.learn(reveal(party, bit_to_ring(party, found.bit(1))), x.ge(2).to(at::kLong));
    };
  };
  for (const int n : {2, 3}) {
    check_safe({.parties = n, .inputs = grid(3, 1), .program = bands(1, false), .settings = 1});
    check_safe({.parties = n, .ring = {.bits = 3, .chunk_bits = 2, .arity = 2}, .inputs = {{7}, {0}, {1}, {2}, {3}}, .program = bands(0, true), .settings = 1});
  }
  check_safe({.ring = {.bits = 4, .chunk_bits = 1, .arity = 2}, .inputs = {{0}, {1}, {2}, {3}, {15}}, .program = bands(1, false), .settings = 1});
}

TEST_CASE("Planted: an angle or a series without its mask, a band's bits under one mask", "[mpc][secrecy][planted]") {
  const auto in_masks = [](const std::function<void(std::vector<Draw>&)>& change) {
    return [change](Layout& layout) {
      for (auto& [name, draws] : layout.streams)
        if (name.role == StreamName::Role::mask) change(draws);
    };
  };
  const auto silence = [](size_t draw) {
    return [draw](std::vector<Draw>& draws) {
      for (auto& variable : draws.at(draw).variables) variable.at = -1, variable.fixed = 0;
    };
  };
  for (const size_t draw : {size_t{0}, size_t{1}}) {
    Case examined{.inputs = grid(3, 1), .program = series_of(3), .settings = 1};
    check_safe(examined);
    examined.plant = in_masks(silence(draw));
    check_leaks(examined);
  }
  Case examined{.ring = {.bits = 3, .chunk_bits = 2, .arity = 2},
                .inputs = grid(3, 1),
                .program =
                    [](Run& run, Party& party) {
                      Bands bands(party, mask_to_compare(party, run.secret(0)), {0, 2});
                      bands.finish(party);
                    },
                .settings = 1};
  check_safe(examined);
  // The first draw masks x, then come the bits of each threshold.
  examined.plant = in_masks([](std::vector<Draw>& draws) { draws.at(2).variables = draws.at(1).variables; });
  check_leaks(examined);
}
