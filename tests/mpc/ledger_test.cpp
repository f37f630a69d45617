#include "mpc/ledger.h"

#include <catch2/catch.hpp>

using crypten::Ledger;

TEST_CASE("Openings are added up by verb, reveals are kept one by one", "[mpc][ledger]") {
  Ledger ledger;
  ledger.opened("multiply", 10, 640);
  ledger.opened("multiply", 5, 320);
  ledger.opened("compare", 10, 310);
  CHECK(ledger.openings().size() == 2);
  CHECK(ledger.openings().at("multiply").times == 2);
  CHECK(ledger.openings().at("multiply").elements == 15);
  CHECK(ledger.openings().at("multiply").bits == 960);
  CHECK(ledger.text().empty());
  ledger.revealed({"demo/argmax", {360}, 1, false});
  ledger.revealed({"", {}, std::nullopt, true});
  ledger.revealed({"x", {2, 3}, 0, false});
  CHECK(ledger.reveals().size() == 3);
  CHECK(ledger.text() ==
        "demo/argmax: 360 elements (360) to rank 1\n"
        "program: 1 element () to all ranks, with the rounding direction of a truncation\n"
        "x: 6 elements (2,3) to rank 0\n");
  ledger.clear();
  CHECK(ledger.openings().empty());
  CHECK(ledger.text().empty());
}
