#include "mpc/function/power.h"

#include "points.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// The header's error, in units.
double stated_power(int p, double x) { return p == 1 ? 0 : std::pow(x, p / 2) * stated_power(p - p / 2, x) + std::pow(x, p - p / 2) * stated_power(p / 2, x) + 1; }

}  // namespace

TEST_CASE("Powers: 1 + ⌈log2 p⌉ rounds with the truncation, and the error of their products", "[mpc][function]") {
  struct Case {
    int p, rounds;
    double reach;
  };
  for (const auto& [p, rounds, reach] : {Case{1, 1, 1000}, Case{2, 2, 1000}, Case{3, 3, 100}, Case{4, 3, 30}, Case{5, 4, 16}, Case{7, 4, 8}, Case{8, 4, 6}})
    for (const auto& [n, count] : {std::pair{1, 500}, std::pair{2, 10000}, std::pair{3, 10000}, std::pair{5, 500}}) {
      const auto x = points_between(-reach, reach, count);
      Config config;
      const auto outcomes = evaluate(n, {x}, [p = p](const Inputs& in) {
        auto result = power(in[0], p);
        result.at_most(16);
        return result;
      });
      double worst = 0;
      for (int64_t i = 0; i < x.numel(); ++i) {
        const double v = x[i].item<double>();
        worst = std::max(worst, std::abs(outcomes[0].value[i].item<double>() - std::pow(v, p)) / ((stated_power(p, std::abs(v)) + 1e-6) * kUlp));
      }
      CAPTURE(p, n);
      CHECK(worst < (p == 1 ? 0.01 : 1.01));
      CHECK(outcomes[0].cost.rounds == (p == 1 ? 0u : static_cast<uint64_t>(rounds)));
    }
}

TEST_CASE("The power 0 is 1, a negative one is refused", "[mpc][function]") {
  const auto x = reals({4, 3});
  check_close(evaluate(2, {x}, [](const Inputs& in) { return power(in[0], 0); }), at::ones(x.sizes(), at::kDouble), 0);
  const auto codes = evaluate(2, {x}, [](const Inputs& in) { return code_of<InvalidArgument>([&] { power(in[0], -1); }) == 427 ? in[0] : MPCTensor(); });
  check_close(codes, x, 0);
}

TEST_CASE("Polynomials with public coefficients", "[mpc][function]") {
  const auto x = points_between(-3, 3, 10000);
  for (const auto& [coefficients, rounds] : std::vector<std::pair<std::vector<double>, uint64_t>>{
           {{0.25}, 0}, {{1, -0.5}, 0}, {{0.5, 0.25, -1.125, 0, 0.3}, 3}, {{0, 0, 1}, 2}, {{0.1, 0.2, 0.3, 0.4, 0.5, -0.6}, 4}}) {
    const auto outcomes = evaluate(3, {x}, [&](const Inputs& in) { return polynomial(in[0], coefficients); });
    auto expected = at::zeros_like(x), bound = at::full(x.sizes(), 2.01 * kUlp, at::kDouble);
    for (size_t i = 0; i < coefficients.size(); ++i) {
      const auto q = static_cast<double>(i);
      expected = expected + coefficients[i] * x.pow(q);
      // The coefficient's encoding, and the power's own error.
      bound = bound + x.abs().pow(q) * 0x1p-17;
      if (i > 1) bound = bound + std::abs(coefficients[i]) * (1 + q * x.abs().pow(q - 1)) * kUlp;
    }
    CHECK(((outcomes[0].value - expected).abs() <= bound).all().item<bool>());
    CHECK(outcomes[0].cost.rounds == rounds);
  }
  const auto refused = evaluate(2, {reals({3})}, [](const Inputs& in) { return code_of<InvalidArgument>([&] { polynomial(in[0], {}); }) == 427 ? in[0] : MPCTensor(); });
  CHECK(refused[0].value.numel() == 3);
}
