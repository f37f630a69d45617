#include "mpc/position_ledger.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using crypten::PositionLedger;

TEST_CASE("Positions are consumed once", "[mpc][ledger]") {
  PositionLedger ledger;
  CHECK(ledger.consume(10, 5));
  CHECK_FALSE(ledger.consume(10, 5));
  CHECK_FALSE(ledger.consume(14, 1));
  CHECK_FALSE(ledger.consume(0, 11));
  CHECK_FALSE(ledger.consume(12, 100));
  CHECK_FALSE(ledger.consume(11, 2));
  CHECK_FALSE(ledger.consume(0, 100));
  CHECK(ledger.consume(12, 0));
  CHECK(ledger.consume(15, 1));
  CHECK(ledger.consume(0, 10));
  CHECK(ledger.intervals() == 1);
  CHECK_FALSE(ledger.consume(~uint64_t{0}, 2));  // past the end
  CHECK(ledger.intervals() == 1);
}

TEST_CASE("A program that counts upwards needs one entry", "[mpc][ledger]") {
  PositionLedger ledger;
  uint64_t offset = 0;
  for (uint64_t i = 1; i < 1000; offset += i++) REQUIRE(ledger.consume(offset, i));
  CHECK(ledger.intervals() == 1);
}

TEST_CASE("Random intervals agree with a set of positions", "[mpc][ledger]") {
  std::minstd_rand numbers(1);
  PositionLedger ledger;
  std::set<uint64_t> used;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t offset = numbers() % 2000, words = numbers() % 5;
    bool free = true;
    for (uint64_t p = offset; p < offset + words; ++p) free = free && !used.contains(p);
    REQUIRE(ledger.consume(offset, words) == free);
    if (free)
      for (uint64_t p = offset; p < offset + words; ++p) used.insert(p);
  }
}
