// Points at which functions of reals are judged, and the largest error found there.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "tests/mpc/tensor/reals.h"

namespace crypten::testing {

// `count` points of [low, high], half of them a grid and half random, with the ends, zero and its neighbours; on the grid of `bits` fractional bits.
inline at::Tensor points_between(double low, double high, int64_t count, int bits = 16) {
  std::mt19937_64 engine(20);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> x{low, high};
  for (int64_t i = 0; i < count / 2; ++i) x.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(count / 2 - 1)), x.push_back(uniform(engine));
  for (const double edge : {0.0, std::ldexp(1, -bits), -std::ldexp(1, -bits)})
    if (edge >= low && edge <= high) x.push_back(edge);
  return quantised(at::tensor(x, at::kDouble).clamp(low, high), bits);
}

// Dense around zero and around ±limit (where the branches of a bounded function meet), sparse out to ±600, and powers of two up to 2^reach.
inline at::Tensor points_everywhere(double limit, int64_t count, int bits = 16, int reach = 44) {
  std::vector<at::Tensor> all{points_between(-limit - 3, limit + 3, count, bits), points_between(-600, 600, count / 4, bits), points_between(limit - 0.75, limit + 0.75, count / 8, bits),
                              points_between(-limit - 0.75, -limit + 0.75, count / 8, bits)};
  std::vector<double> far;
  for (int b = 1; b <= reach; ++b)
    for (const double sign : {1.0, -1.0}) far.push_back(sign * std::ldexp(1, b)), far.push_back(sign * (std::ldexp(1, b) - std::ldexp(1, -bits)));
  all.push_back(at::tensor(far, at::kDouble));
  return at::cat(all);
}

struct Judged {
  double worst = 0, at = 0;  // largest error, and where
  Cost cost;                 // of one rank: equal on all
  int fraction_bits = 0;
  bool dithered = false;
};

// All ranks' results, at precision_bits `bits`.
inline Judged judge(int n, const at::Tensor& x, const std::function<MPCTensor(const MPCTensor&)>& function, const std::function<double(double)>& reference, int bits = 16) {
  Config config;
  config.precision_bits = bits;
  const auto outcomes = evaluate(n, {x}, [&](const Inputs& in) { return function(in[0]); }, config);
  Judged judged{.cost = outcomes.back().cost, .fraction_bits = outcomes.back().fraction_bits, .dithered = outcomes.back().dithered};
  const auto* points = x.const_data_ptr<double>();
  for (const auto& outcome : outcomes) {
    const auto value = outcome.value.contiguous();
    for (int64_t i = 0; i < x.numel(); ++i) {
      const double error = std::abs(value.const_data_ptr<double>()[i] - reference(points[i]));
      if (!(error <= judged.worst)) judged.worst = error, judged.at = points[i];
    }
  }
  return judged;
}

}  // namespace crypten::testing
