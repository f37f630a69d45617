#include "mpc/tensor/table.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/maximum.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("look_up reads public and private tables at private places of every scale", "[tensor][table]") {
  const auto table = reals({11, 3}, 100), place = at::remainder(at::arange(40) * 7, 11).to(at::kDouble).view({5, 8});
  const auto expected = table.index({place.to(at::kLong)});
  check_function({place}, expected, 0, [&](const Inputs& in) { return look_up(Plain(table), in[0]); });
  check_function({place, table}, expected, 0, [](const Inputs& in) { return look_up(in[1], in[0]); });
  // Products of whole numbers, whose truncation is pending, and positions, which have no fractional bits.
  check_function({place, at::ones({5, 8}, at::kDouble)}, expected, 0, [&](const Inputs& in) { return look_up(Plain(table), multiply(in[0], in[1])); });
  const auto scores = reals({9, 11}, 50);
  check_function({scores}, table.index({scores.argmax(1)}), 0, [&](const Inputs& in) { return look_up(Plain(table), extremum(in[0], Extreme::largest, 1, false, Position::index).position); });
  // Whole numbers stay whole.
  check_function({place}, at::mul(place, 2), 0, [](const Inputs& in) { return look_up(Plain(at::arange(11) * 2), in[0]); });
  CHECK(evaluate(1, {place}, [](const Inputs& in) { return look_up(Plain(at::arange(11)), in[0]); })[0].fraction_bits == 0);
}

TEST_CASE("Tables that cannot be read privately are refused", "[tensor][table]") {
  const auto codes = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto of = [&](std::vector<int64_t> sizes) { return MPCTensor::encrypt(party, at::zeros(sizes), sizes); };
    return codes_of([&] { look_up(Plain(3), of({2})); }, [&] { look_up(of({}), of({2})); }, [&] { look_up(Plain(at::zeros({257})), of({2})); },
                    [&] { look_up(of({0}), of({2})); }, [&] { look_up(of({2}), MPCTensor()); });
  });
  CHECK(codes[0] == std::vector<int>{425, 425, 414, 414, 402});
}
