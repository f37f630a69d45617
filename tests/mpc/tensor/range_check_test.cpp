#include "mpc/tensor/range_check.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/product.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// The error of program(party, x) for an x of large numbers, with one party; code 0: none.
template <typename Program>
std::pair<int, std::string> checked(double magnitude, bool on, Program program) {
  RunPartiesOptions options;
  options.config.check_ranges = on;
  try {
    run_parties(1, [&](const std::shared_ptr<Party>& party) { program(party, MPCTensor::encrypt(party, at::tensor({0.0, magnitude}, at::kDouble), {2})); }, options);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {0, ""};
}

}  // namespace

TEST_CASE("the first layer that leaves the range is named, with the element, without its value", "[tensor][range_check]") {
  const auto program = [](const std::shared_ptr<Party>& party, const MPCTensor& x) {
    {
      const auto good = party->scope("layer1");
      add(multiply(x, Plain(0.5)), Plain(1));
    }
    const auto bad = party->scope("layer2");
    square(x);
  };
  const auto [code, text] = checked(54321, true, program);
  CHECK(code == 405);
  CHECK(contains(text, "layer2/square"));
  CHECK(contains(text, "element 1"));
  CHECK_FALSE(contains(text, "54321"));
  CHECK_FALSE(contains(text, "layer1"));
  CHECK(checked(54321, false, program).first == 0);
  CHECK(checked(30000, true, program).first == 0);  // 30000² < 2^30
}

TEST_CASE("every kind of product is checked, and widening", "[tensor][range_check]") {
  using Party_ = const std::shared_ptr<Party>&;
  CHECK(checked(1e5, true, [](Party_, const MPCTensor& x) { matmul(x, x); }).first == 405);
  CHECK(checked(1e5, true, [](Party_, const MPCTensor& x) { multiply(x, negate(x)); }).first == 405);
  CHECK(checked(1e5, true, [](Party_, const MPCTensor& x) { multiply(x, Plain(at::full({2}, 1e5))); }).first == 405);
  CHECK(checked(1e13, true, [](Party_, const MPCTensor& x) { add(x, multiply(x, Plain(at::full({2}, 1e-5)))); }).first == 405);
  CHECK(checked(1e13, true, [](Party_, const MPCTensor& x) { relu(add(x, x)); }).first == 0);
}

TEST_CASE("with several parties nobody may look", "[tensor][range_check]") {
  RunPartiesOptions options;
  options.config.check_ranges = true;
  const auto run = [&] { run_parties(2, [](const std::shared_ptr<Party>& party) { MPCTensor::encrypt(party, at::ones({2}), {2}); }, options); };
  CHECK(code_of<InvalidArgument>(run) == 404);
}
