#include "mpc/function/derived.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>

#include <catch2/catch.hpp>

#include "mpc/function/normalization.h"
#include "mpc/function/statistics.h"
#include "tests/mpc/function/bounds.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

at::Tensor constant(const at::Tensor& like, double value) { return at::zeros_like(like).add(value); }

}  // namespace

TEST_CASE("log1p, expm1 and tan: within their bounds") {
  for (const int n : {1, 2, 3}) {
    for (const int f : {12, 16, 20}) {
      CAPTURE(n, f);
      const double unit = std::ldexp(1, -f);
      const auto x = points_of_every_size(std::max(0x1p-10, unit), 0x1p20, 2000, f) - 1;
      auto result = against_bound(n, {x}, [](const Inputs& in) { return log1p(in[0]); }, x.log1p(), constant(x, 0x1p-13 + unit), f);
      CHECK(result.worst <= 1);
      const auto y = points_between(-20, 15, 2000, f);
      const auto e = y.exp();
      result = against_bound(n, {y}, [](const Inputs& in) { return expm1(in[0]); }, y.expm1(), e * std::exp2(-13) + 2.5 * unit, f);
      CHECK(result.worst <= 1);
      const auto all = at::cat({points_between(-1.555, 1.555, 2000, f), points_between(-200, 200, 2000, f)});
      const auto angles = all.index({all.tan().abs() <= 64}).contiguous(), tangent = angles.tan();
      result = against_bound(n, {angles}, [](const Inputs& in) { return tan(in[0]); }, tangent,
                             (tangent.square() + 1) * (0x1p-14 + 2 * unit) + tangent.abs() * std::exp2(-12.7) + 2 * unit, f);
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == 11);
    }
  }
}

TEST_CASE("powers with whole, halved and other exponents, of either sign") {
  const auto positive = points_of_every_size(0.25, 16, 1500, 16), either = at::cat({positive, -positive});
  const auto relative = [](const at::Tensor& expected, double exponent, double units) { return expected.abs() * exponent + units * kUlp; };
  for (const int n : {2, 3}) {
    for (const auto& [exponent, base, bound] : {std::tuple{3.0, either, 0.001}, {-1.0, either, 0.001}, {-2.0, either, 0.002}, {-3.0, either, 0.004}, {0.5, positive, 0.001}, {-0.5, positive, 0.001},
                                                {1.5, positive, 0.002}, {-2.5, positive, 0.004}, {0.3, positive, 0.001}, {-1.7, positive, 0.001}, {2.2, positive, 0.001}}) {
      const auto expected = base.pow(exponent);
      const auto result = against_bound(n, {base}, [exponent = exponent](const Inputs& in) { return real_power(in[0], exponent); }, expected, relative(expected, bound, 20), 16);
      CAPTURE(n, exponent, base[result.at].item<double>());
      CHECK(result.worst <= 1);
    }
  }
  CHECK(refusal({positive}, [](const Inputs& in) { real_power(in[0], NAN); }).code == 427);
}

TEST_CASE("variance, standard deviation, norms and cosine similarity") {
  const auto x = reals({40, 6, 32}, 8, 3), y = reals({40, 6, 32}, 3, 11);
  for (const int n : {1, 2, 3}) {
    CAPTURE(n);
    // A unit in the mean moves a deviation by a unit, so its square by 2·16 units at most; and the truncations.
    for (const int64_t correction : {0, 1}) {
      check_close(evaluate(n, {x}, [&](const Inputs& in) { return var(in[0], {2}, correction); }), x.var(at::IntArrayRef({2}), correction), 40 * kUlp);
      check_close(evaluate(n, {x}, [&](const Inputs& in) { return standard_deviation(in[0], {1, 2}, correction, true); }), x.std(at::IntArrayRef({1, 2}), correction, true), 5 * 0x1p-12 + 3 * kUlp);
    }
    const auto norms = x.norm(2, at::IntArrayRef({2}));
    check_close(evaluate(n, {x}, [](const Inputs& in) { return norm(in[0], 2, {2}); }), norms, 30 * 0x1p-12);
    check_close(evaluate(n, {x}, [](const Inputs& in) { return norm(in[0], 1, {0, 2}); }), x.norm(1, at::IntArrayRef({0, 2})), 0);
    check_close(evaluate(n, {x}, [](const Inputs& in) { return norm(in[0], INFINITY, {1}, true); }), x.norm(INFINITY, at::IntArrayRef({1}), true), 0);
    const auto cosine = (x * y).sum(2) / (x.norm(2, at::IntArrayRef({2})) * y.norm(2, at::IntArrayRef({2})));
    const auto outcomes = evaluate(n, {x, y}, [](const Inputs& in) { return cosine_similarity(in[0], in[1], 2); });
    check_close(outcomes, cosine, 0x1p-10);
    CHECK(outcomes[0].cost.rounds == 12);
  }
  CHECK(refusal({x}, [](const Inputs& in) { norm(in[0], 3); }).code == 427);
  CHECK(refusal({x}, [](const Inputs& in) { var(in[0], {2}, 32); }).code == 416);
}

TEST_CASE("normalisation layers are torch's, for spreads from tiny to large") {
  const auto weight = reals({48}, 2, 4), bias = reals({48}, 1, 5), channel_weight = reals({6}, 2, 6), channel_bias = reals({6}, 1, 7);
  for (const int n : {1, 2, 3}) {
    for (const double spread : {0.02, 1.0, 60.0}) {
      const auto x = quantised(reals({30, 48}, 2, 8) * spread + 3);
      const double unit_over_sigma = kUlp / spread;
      const double bound = 2 * (1.8 * (std::exp2(-11.7) + std::exp2(-9) * unit_over_sigma) + 4 * unit_over_sigma + 2 * kUlp) + 4 * kUlp;
      CAPTURE(n, spread, bound);
      const auto expected = at::layer_norm(x, {48}, weight, bias);
      auto outcomes = evaluate(n, {x, weight, bias}, [](const Inputs& in) { return layer_norm(in[0], 1, in[1], in[2]); });
      check_close(outcomes, expected, bound);
      CHECK(outcomes[0].cost.rounds == 12);
      check_close(evaluate(n, {x}, [&](const Inputs& in) { return layer_norm(in[0], 1, Plain(weight), Plain(bias)); }), expected, bound);
      const auto root = (x.square().mean(1, true) + 1e-5).rsqrt();
      check_close(evaluate(n, {x, weight}, [](const Inputs& in) { return rms_norm(in[0], 1, in[1]); }), x * root * weight, bound);
      const auto images = quantised(reals({4, 6, 3, 5}, 2, 9) * spread - 1);
      check_close(evaluate(n, {images, channel_weight, channel_bias}, [](const Inputs& in) { return group_norm(in[0], 2, in[1], in[2]); }),
                  at::group_norm(images, 2, channel_weight, channel_bias), bound);
      check_close(evaluate(n, {images, channel_weight, channel_bias}, [](const Inputs& in) { return batch_norm_of_batch(in[0], in[1], in[2]); }),
                  at::batch_norm(images, channel_weight, channel_bias, {}, {}, true, 0.1, 1e-5, false), bound);
      if (spread == 0.02) continue;  // a variance of 0.0001 has few units at 16 bits
      const auto mean = quantised(images.mean(at::IntArrayRef({0, 2, 3}))), variance = quantised(images.var(at::IntArrayRef({0, 2, 3}), false));
      check_close(evaluate(n, {images, mean, variance, channel_weight, channel_bias}, [](const Inputs& in) { return batch_norm(in[0], in[1], in[2], in[3], in[4]); }),
                  at::batch_norm(images, channel_weight, channel_bias, mean, variance, false, 0.1, 1e-5, false), bound + 2 * 4 * spread * 3 * kUlp);
    }
  }
}
