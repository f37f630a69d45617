// Comparing functions of reals with their stated bounds, point by point.
#pragma once

#include "tests/mpc/function/points.h"

namespace crypten::testing {

// Geometric and random over [low, high], powers of two and their neighbours, the ends; on the grid of `bits` fractional bits. With `both_signs`: the negatives too.
inline at::Tensor points_of_every_size(double low, double high, int64_t count, int bits, bool both_signs = false) {
  std::mt19937_64 engine(21);
  std::uniform_real_distribution<double> uniform(std::log(low), std::log(high));
  const double unit = std::ldexp(1, -bits);
  std::vector<double> x{low, high, high - unit};
  for (int64_t i = 0; i < count / 2; ++i) x.push_back(std::exp(uniform(engine))), x.push_back(low * std::pow(high / low, static_cast<double>(i) / static_cast<double>(count / 2)));
  for (double power = low; power <= high; power *= 2)
    for (const double near : {-2 * unit, -unit, 0.0, unit, 2 * unit}) x.push_back(power + near);
  auto points = quantised(at::tensor(x, at::kDouble).clamp(low, high), bits);
  return both_signs ? at::cat({points, -points}) : points;
}

using Function = std::function<MPCTensor(const Inputs&)>;

// The largest error of any rank in units of bound(i), and at which point.
struct Bounded {
  double worst = 0;
  int64_t at = -1;
  Cost cost;
  int fraction_bits = 0;
  bool dithered = false;
};
inline Bounded against_bound(int n, const std::vector<at::Tensor>& inputs, const Function& function, const at::Tensor& expected, const at::Tensor& bound, int bits) {
  Config config;
  config.precision_bits = bits;
  const auto outcomes = evaluate(n, inputs, function, config);
  Bounded result{.cost = outcomes.back().cost, .fraction_bits = outcomes.back().fraction_bits, .dithered = outcomes.back().dithered};
  for (const auto& outcome : outcomes) {
    REQUIRE(outcome.value.sizes() == expected.sizes());
    const auto error = ((outcome.value - expected).abs() / bound).flatten();
    const auto worst = error.argmax().item<int64_t>();
    if (!(error[worst].item<double>() <= result.worst)) result.worst = error[worst].item<double>(), result.at = worst;
  }
  return result;
}

// 2^relative · |expected| + units of the last place.
inline at::Tensor relative_bound(const at::Tensor& expected, double relative, double units, int bits) {
  return expected.abs() * std::exp2(relative) + units * std::ldexp(1, -bits);
}

}  // namespace crypten::testing
