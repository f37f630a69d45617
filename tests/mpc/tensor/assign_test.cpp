#include "mpc/tensor/assign.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("scatter, scatter_add, index_add, put and masked_fill are torch's, with private and public values", "[tensor][assign]") {
  const auto x = reals({3, 4}), y = reals({2, 4}, 3, 5), row = reals({2}, 2, 9);
  const auto index = at::tensor({2, 0, 1, 1, 0, 2, 0, 2}, at::kLong).view({2, 4}), rows = at::tensor({2, 2}, at::kLong);
  const auto places = at::tensor({1, 11}, at::kLong), mask = at::tensor({1, 0, 0, 1}, at::kLong).to(at::kBool);
  check_function({x, y}, x.scatter(0, index, y), 0, [&](const Inputs& in) { return scatter(in[0], 0, index, in[1]); });
  check_function({x}, x.scatter(0, index, y), 0, [&](const Inputs& in) { return scatter(in[0], 0, index, Plain(y)); });
  check_function({x}, x.scatter(0, index, 1.5), 0, [&](const Inputs& in) { return scatter(in[0], 0, index, Plain(1.5)); });
  const auto twice = at::zeros({2, 4}, at::kLong);
  check_function({x, y}, x.scatter_add(0, twice, y), 0, [&](const Inputs& in) { return scatter_add(in[0], 0, twice, in[1]); });
  check_function({x}, x.scatter_add(0, index, y), 0, [&](const Inputs& in) { return scatter_add(in[0], 0, index, Plain(y)); });
  check_function({x, y}, x.index_add(0, rows, y), 0, [&](const Inputs& in) { return index_add(in[0], 0, rows, in[1]); });
  check_function({x}, x.index_add(-2, rows, y), 0, [&](const Inputs& in) { return index_add(in[0], -2, rows, Plain(y)); });
  check_function({x, row}, x.flatten().index_copy(0, places, row).view({3, 4}), 0, [&](const Inputs& in) { return put(in[0], places, in[1]); });
  check_function({x}, x.flatten().index_fill(0, places, -2).view({3, 4}), 0, [&](const Inputs& in) { return put(in[0], places, Plain(-2)); });
  check_function({x}, x.masked_fill(mask, 0.5), 0, [&](const Inputs& in) { return masked_fill(in[0], mask, Plain(0.5)); });
  check_close(evaluate(5, {x, y}, [&](const Inputs& in) { return scatter(in[0], 0, index, in[1]); }), x.scatter(0, index, y), 0);
  CHECK(cost_of({x, y}, [&](const Inputs& in) { return scatter(in[0], 0, index, in[1]); }) == Cost{});
}

TEST_CASE("both sides are brought to one scale; the tensor itself stays", "[tensor][assign]") {
  const auto x = reals({4}), y = reals({2}, 3, 5), places = at::tensor({3, 0}, at::kLong);
  const auto changed = x.index_copy(0, places, y * y);
  check_function({x, y}, changed, 0, [&](const Inputs& in) { return put(in[0], places, square(in[1])); });
  check_function({x, y}, changed - x, 0, [&](const Inputs& in) { return subtract(put(in[0], places, square(in[1])), in[0]); });
}

TEST_CASE("an assignment that does not fit is refused on all ranks", "[tensor][assign]") {
  const std::vector<at::Tensor> x{reals({3, 2}), reals({2, 2})};
  const auto twice = at::tensor({1, 1, 1, 0}, at::kLong).view({2, 2}), far = at::full({2, 2}, 3, at::kLong), pair = at::tensor({4, 4}, at::kLong);
  CHECK(refusal(x, [&](const Inputs& in) { scatter(in[0], 0, twice, in[1]); }).code == 436);
  CHECK(refusal(x, [&](const Inputs& in) { put(in[0], pair, Plain(1)); }).code == 436);
  CHECK(refusal(x, [&](const Inputs& in) { scatter(in[0], 0, far, in[1]); }).code == 435);
  CHECK(refusal(x, [&](const Inputs& in) { put(in[0], far.flatten() * 2, Plain(1)); }).code == 414);
  CHECK(refusal(x, [&](const Inputs& in) { masked_fill(in[0], at::ones({3}, at::kBool), Plain(1)); }).code == 435);
  CHECK(refusal(x, [&](const Inputs& in) { index_add(in[0], 2, pair, in[1]); }).code == 412);
}
