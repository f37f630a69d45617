#include "mpc/tensor/running.h"

#include <ATen/ops/cumsum.h>
#include <ATen/ops/prod.h>
#include <ATen/ops/trace.h>

#include "mpc/tensor/logic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("running sums and traces are torch's and local", "[tensor][running]") {
  const auto x = reals({3, 4, 2}), square = reals({3, 4});
  for (const int64_t dim : {0, 1, -1}) check_function({x}, at::cumsum(x, dim), 0, [=](const Inputs& in) { return cumsum(in[0], dim); });
  check_function({square}, at::trace(square), 0, [](const Inputs& in) { return trace(in[0]); });
  CHECK(cost_of({square}, [](const Inputs& in) { return trace(cumsum(in[0], 0)); }) == Cost{});
}

TEST_CASE("products of every number of factors, in ⌈log2 n⌉ rounds", "[tensor][running]") {
  for (int64_t n = 1; n <= 9; ++n) {
    CAPTURE(n);
    const auto x = reals({3, n}, 1.5, n);
    // Each of the n − 2 inner products (their results are truncated) is off by one unit and multiplied by at most 1.5^(n−1) from there on.
    const double tolerance = n < 3 ? 0 : static_cast<double>(n) * kUlp * std::pow(1.5, static_cast<double>(n));
    check_function({x}, at::prod(x, 1), tolerance, [](const Inputs& in) { return prod(in[0], 1, false); });
    uint64_t rounds = 0;
    while (int64_t{1} << rounds < n) ++rounds;
    CHECK(cost_of({x}, [](const Inputs& in) { return prod(in[0], 1, false); }).rounds == rounds);
  }
}

TEST_CASE("products of integers are exact; kept dimensions, all elements, no factors", "[tensor][running]") {
  const auto x = at::round(reals({4, 5}, 3)), positive = x.gt(0).to(at::kDouble);
  check_function({x}, at::prod(positive, 0, true), 0, [](const Inputs& in) { return prod(compare(in[0], Order::greater, Plain(0)), 0, true); });
  const auto few = reals({2, 2}, 1);
  check_function({few}, at::prod(few), 3 * kUlp, [](const Inputs& in) { return prod(in[0], std::nullopt, false); });
  check_function({few}, at::prod(few).view({1, 1}), 3 * kUlp, [](const Inputs& in) { return prod(in[0], std::nullopt, true); });
  check_function({at::zeros({2, 0})}, at::ones({2}), 0, [](const Inputs& in) { return prod(in[0], 1, false); });
  check_function({at::zeros({0, 2})}, at::zeros({0}), 0, [](const Inputs& in) { return prod(in[0], 1, false); });
  check_function({at::full({}, 2.5)}, at::full({}, 2.5), 0, [](const Inputs& in) { return prod(in[0], 0, false); });
}

TEST_CASE("dimensions that are not there are refused on all ranks", "[tensor][running]") {
  const std::vector<at::Tensor> x{reals({2, 3}), reals({2})};
  CHECK(refusal(x, [](const Inputs& in) { cumsum(in[0], 2); }).code == 412);
  CHECK(refusal(x, [](const Inputs& in) { prod(in[0], -3, false); }).code == 412);
  CHECK(refusal(x, [](const Inputs& in) { trace(in[1]); }).code == 435);
}
