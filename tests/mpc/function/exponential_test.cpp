#include "mpc/function/exponential.h"

#include <catch2/catch.hpp>

#include "tests/mpc/function/bounds.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// The stated bound, at x.
double bound(double x, int f) { return std::exp2(f < 12 ? -12.4 : -13) * std::exp(x) + 2.5 * std::ldexp(1, -f); }

// The worst error in units of the bound.
Judged relative_to_bound(int n, const at::Tensor& x, int f) {
  Config config;
  config.precision_bits = f;
  const auto outcomes = evaluate(n, {x}, [](const Inputs& in) { return exp(in[0]); }, config);
  Judged judged{.cost = outcomes.back().cost, .fraction_bits = outcomes.back().fraction_bits, .dithered = outcomes.back().dithered};
  for (const auto& outcome : outcomes) {
    const auto value = outcome.value.contiguous();
    for (int64_t i = 0; i < x.numel(); ++i) {
      const double at = x.const_data_ptr<double>()[i], error = std::abs(value.const_data_ptr<double>()[i] - std::exp(at)) / bound(at, f);
      if (!(error <= judged.worst)) judged.worst = error, judged.at = at;
    }
  }
  return judged;
}

at::Tensor exponential_points(int64_t count, int f) {
  const double top = std::min(36.0, (63 - f) * std::log(2.0)) - 0.001;
  std::vector<double> far{-17, -17.5, -18, -20, -30, -1e3};
  for (int b = 5; b <= 61 - f && b <= 45; ++b) far.push_back(-std::ldexp(1, b)), far.push_back(-std::ldexp(1, b) + std::ldexp(1, -f));
  return at::cat({points_between(-24, 0, count / 2, f), points_between(0, top, count / 2, f), points_between(-600, 0, count / 8, f), at::tensor(far, at::kDouble)});
}

}  // namespace

TEST_CASE("exp: within its bound everywhere on its domain, for every number of parties and precision") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int f : {8, 12, 16, 20, 24}) {
      const auto judged = relative_to_bound(n, exponential_points(f == 16 && (n == 2 || n == 3) ? 20'000 : 2'000, f), f);
      CAPTURE(n, f, judged.at, judged.worst);
      CHECK(judged.worst <= 1);
      CHECK(judged.fraction_bits == f);
      CHECK(judged.dithered);
      CHECK(judged.cost.rounds == 4);
    }
  }
}

TEST_CASE("exp of negative numbers: within its bound") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int f : {8, 12, 16, 20, 24}) {
      const auto x = at::cat({points_between(-24, 0.9, f == 16 ? 10'000 : 1'500, f), points_between(-600, 0, 500, f)}), expected = x.exp();
      const auto result = against_bound(n, {x}, [](const Inputs& in) { return exp_of_negative(in[0]); }, expected, expected * std::exp2(-19.4) + (0x1p-21 + std::ldexp(1, -f)), f);
      CAPTURE(n, f, x[result.at].item<double>());
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == 4);
    }
  }
}
