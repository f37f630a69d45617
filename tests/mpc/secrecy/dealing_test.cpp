// Dealt shares in whole bytes. The other cases look at a share of k bits modulo 2^k, though it is dealt in bytes: here the correction is
// looked at with all its bits.
#include <catch2/catch.hpp>

#include "mpc/protocol/convert.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Secrecy: corrections are uniform in every bit that is sent", "[mpc][secrecy]") {
  const auto check = [](Ring ring, Inputs inputs, Program program) {
    check_safe({.ring = ring, .inputs = std::move(inputs), .program = std::move(program), .settings = 1, .whole_bytes = true});
  };
  check({.bits = 3}, {{0, 0}, {1, 2}, {2, 1}, {7, 5}}, [](Run& run, Party& party) { multiply(party, run.secret(0), run.secret(1)); });
  check({.bits = 3}, {{0}, {1}, {7}}, [](Run& run, Party& party) { truncate(party, run.secret(0), 1); });  // a shifted mask and a top bit
  check({.bits = 3}, {{0}, {1}}, [](Run& run, Party& party) { to_arithmetic(party, run.secret_bit(0)); });
  check({.bits = 3}, {{0}, {1}}, [](Run& run, Party& party) { to_bits(party, open_masked(party, run.secret_bit(0))); });
}
