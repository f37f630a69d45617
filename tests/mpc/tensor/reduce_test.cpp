#include "mpc/tensor/reduce.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("sums are exact and local, over any dimensions", "[tensor][reduce]") {
  const auto x = reals({2, 3, 4}, 100);
  for (const bool keep : {false, true}) {
    for (const std::vector<int64_t>& dims : {std::vector<int64_t>{0}, {-1}, {0, 2}, {1, -1, 0}})
      check_function({x}, x.sum(dims, keep), 0, [=](const Inputs& in) { return sum(in[0], dims, keep); });
    check_function({x}, x.sum(at::IntArrayRef{0, 1, 2}, keep), 0, [=](const Inputs& in) { return sum(in[0], {}, keep); });
  }
  check_function({x}, (x * x).sum(1), 0, [](const Inputs& in) { return sum(square(in[0]), {1}); });
  CHECK(cost_of({x}, [](const Inputs& in) { return sum(in[0]); }) == Cost{});
}

TEST_CASE("means are off by the rounding of their factor", "[tensor][reduce]") {
  const auto x = reals({2, 3, 4}, 100);
  check_function({x}, x.mean(1), 100 * 0x1p-17, [](const Inputs& in) { return mean(in[0], {1}); });
  check_function({x}, x.mean(at::IntArrayRef{0, 2}, true), 0, [](const Inputs& in) { return mean(in[0], {0, 2}, true); });  // of 8: a power of two
  check_function({x}, x.mean(), 100 * 0x1p-17, [](const Inputs& in) { return mean(in[0]); });
}

TEST_CASE("sums and means of a single number, and of nothing", "[tensor][reduce]") {
  const auto number = at::full({}, 2.5, at::kDouble), none = at::zeros({0, 3});
  check_function({number}, number, 0, [](const Inputs& in) { return sum(mean(in[0], {0})); });
  check_function({none}, at::zeros({3}), 0, [](const Inputs& in) { return sum(in[0], {0}); });
  check_function({none}, at::zeros({}), 0, [](const Inputs& in) { return sum(in[0]); });
  CHECK(refusal({none}, [](const Inputs& in) { mean(in[0]); }).code == 416);
}

TEST_CASE("dimensions are checked on all ranks", "[tensor][reduce]") {
  const auto x = reals({2, 3});
  CHECK(refusal({x}, [](const Inputs& in) { sum(in[0], {2}); }).code == 412);
  CHECK(refusal({x}, [](const Inputs& in) { mean(in[0], {-3}); }).code == 412);
  CHECK(refusal({x}, [](const Inputs& in) { sum(in[0], {1, -1}); }).code == 422);
}
