#include "mpc/tensor/bound.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>

#include <functional>

#include "mpc/function/arctangent.h"
#include "mpc/function/derived.h"
#include "mpc/function/exponential.h"
#include "mpc/function/gelu.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/normalization.h"
#include "mpc/function/piecewise.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/softmax.h"
#include "mpc/function/statistics.h"
#include "tests/mpc/function/bounds.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

struct Row {
  const char* name;
  MPCTensor (*function)(const MPCTensor&, double);
  at::Tensor (*reference)(const at::Tensor&);
  double low;                    // of x; below 0: both signs
  std::vector<double> bounds;    // growing
  double relative, absolute;     // the header's: 2^relative of the result, and that
};

at::Tensor gelu_of(const at::Tensor& x) { return 0.5 * x * (1 + (x / std::sqrt(2)).erf()); }

const std::vector<Row>& rows() {
  static const double none = -60, unit = 1.25 * kUlp;
  static const std::vector<Row> all{
      {"sigmoid", [](const MPCTensor& x, double b) { return sigmoid(x, b); }, [](const at::Tensor& x) { return x.sigmoid(); }, -1, {4, 10, 40, 1000, 1e6}, none, std::exp2(-12.9)},
      {"gelu", [](const MPCTensor& x, double b) { return gelu(x, GeluForm::exact, b); }, gelu_of, -1, {4.5, 6, 300, 1e6}, none, std::exp2(-12.9)},
      {"softplus", [](const MPCTensor& x, double b) { return softplus(x, 1, b); }, [](const at::Tensor& x) { return x.clamp_min(0) + (-x.abs()).exp().log1p(); }, -1, {9, 60, 1e5}, none, std::exp2(-12.4)},
      {"elu", [](const MPCTensor& x, double b) { return elu(x, 1, b); }, [](const at::Tensor& x) { return x.clamp_min(0) + x.clamp_max(0).expm1(); }, -1, {4, 100, 1e5}, none, std::exp2(-12.9)},
      {"atan", [](const MPCTensor& x, double b) { return atan(x, b); }, [](const at::Tensor& x) { return x.atan(); }, -1, {1.5, 3, 100, 1e4, 1e6}, none, std::exp2(-13.3) + 1.5 * kUlp},
      {"exp", [](const MPCTensor& x, double b) { return exp(x, b); }, [](const at::Tensor& x) { return x.exp(); }, -1, {3, 17, 20}, -13, 2.5 * kUlp},
      {"expm1", [](const MPCTensor& x, double b) { return expm1(x, b); }, [](const at::Tensor& x) { return x.expm1(); }, -1, {3, 17}, -13, std::exp2(-13) + 2.5 * kUlp},
      {"exp of negative", [](const MPCTensor& x, double b) { return exp_of_negative(x, b); }, [](const at::Tensor& x) { return x.exp(); }, -1, {0.9}, none, std::exp2(-17.9) + kUlp},
      {"log", [](const MPCTensor& x, double b) { return log(x, b); }, [](const at::Tensor& x) { return x.log(); }, 0x1p-10, {1, 16, 1000, 1e5}, none, std::exp2(-13) + kUlp},
      {"log1p", [](const MPCTensor& x, double b) { return log1p(x, b); }, [](const at::Tensor& x) { return x.log1p(); }, 0x1p-10, {1, 15, 1000}, none, std::exp2(-13) + kUlp},
      {"x^-1", [](const MPCTensor& x, double b) { return real_power(x, -1, b); }, [](const at::Tensor& x) { return x.reciprocal(); }, -0x1p-8, {100, 5000}, -12.8, unit},
      {"x^0.5", [](const MPCTensor& x, double b) { return real_power(x, 0.5, b); }, [](const at::Tensor& x) { return x.sqrt(); }, 0x1p-10, {16, 1000}, -12.4, unit},
      {"sqrt", [](const MPCTensor& x, double b) { return sqrt(x, b); }, [](const at::Tensor& x) { return x.sqrt(); }, 0x1p-10, {0.5, 16, 1000, 1e5}, -12.4, unit},
      {"inv_sqrt", [](const MPCTensor& x, double b) { return inv_sqrt(x, b); }, [](const at::Tensor& x) { return x.rsqrt(); }, 0x1p-10, {1, 16, 1000, 1e5}, -11.8, unit},
      {"reciprocal", [](const MPCTensor& x, double b) { return reciprocal(x, ReciprocalDomain::both_signs, b); }, [](const at::Tensor& x) { return x.reciprocal(); }, -0x1p-8, {1, 100, 5000, 1e5}, -12.8, unit},
      {"x / x", [](const MPCTensor& x, double b) { return divide(x, x, ReciprocalDomain::both_signs, b); }, [](const at::Tensor& x) { return at::zeros_like(x) + 1; }, -0x1p-8, {1, 100, 5000, 1e5}, -12.8,
       unit + 1e5 * 1.25 * std::exp2(-32)},
  };
  return all;
}

at::Tensor points(const Row& row, double bound) {
  if (row.low == -1) return points_between(-bound, bound, 1500);
  return points_of_every_size(std::abs(row.low), bound, 1500, 16, row.low < 0);
}

}  // namespace

TEST_CASE("with a bound functions keep their stated errors up to it, and cost less the smaller it is", "[mpc][function]") {
  for (const auto& row : rows()) {
    for (const int n : {2, 3}) {
      const auto cost_at = [&](double bound) {
        const auto x = points(row, bound == kUnbounded ? row.bounds.back() : bound);
        const auto expected = row.reference(x);
        const auto result = against_bound(n, {x}, [&](const Inputs& in) { return row.function(in[0], bound); }, expected, expected.abs() * std::exp2(row.relative) + row.absolute, 16);
        CAPTURE(row.name, n, bound, x[result.at].item<double>());
        CHECK(result.worst <= 1);
        // An element's: sizes differ.
        return std::tuple{result.cost.rounds, static_cast<double>(result.cost.bytes_sent) / static_cast<double>(x.numel()), static_cast<double>(result.cost.dealer_bytes) / static_cast<double>(x.numel())};
      };
      auto dearer = cost_at(kUnbounded);
      for (size_t i = row.bounds.size(); i-- > 0;) {
        const auto cheaper = cost_at(row.bounds[i]);
        CAPTURE(row.name, n, row.bounds[i]);
        CHECK(std::get<0>(cheaper) <= std::get<0>(dearer));
        CHECK(std::get<1>(cheaper) < std::get<1>(dearer) * 1.05);  // tiles are whole
        CHECK(std::get<2>(cheaper) < std::get<2>(dearer) * 1.05);
        if (i == 0) CHECK(std::get<2>(cheaper) < 0.9 * std::get<2>(cost_at(kUnbounded)));
        dearer = cheaper;
      }
    }
  }
}

TEST_CASE("softmax with a bound", "[mpc][function]") {
  const auto x = reals({40, 32}, 8);
  for (const int n : {1, 2, 3}) {
    const auto outcomes = evaluate(n, {x}, [](const Inputs& in) { return softmax(in[0], 1, 8); });
    check_close(outcomes, x.softmax(1), 0x1p-13);
    CHECK(outcomes[0].cost.rounds == 2 * 5 + 11);  // groups of four, then of eight
    check_close(evaluate(n, {x}, [](const Inputs& in) { return log_softmax(in[0], 1, 8); }), x.log_softmax(1), std::exp2(-13) + kUlp + std::exp2(-19) + 32 * (std::exp2(-20.9) + 0x1p-24));
    check_close(evaluate(n, {x}, [](const Inputs& in) { return logsumexp(in[0], 1, false, 8); }), x.logsumexp(1), std::exp2(-13) + kUlp + std::exp2(-19) + 32 * (std::exp2(-20.9) + 0x1p-24));
  }
}

TEST_CASE("roots of sums of squares with a bound of the numbers: the same errors, for less", "[mpc][function]") {
  const auto tall = at::tensor({8.0, -8.0}).to(at::kDouble).repeat({16}).reshape({1, 1, 32});  // the largest sum there can be
  const auto x = at::cat({reals({20, 6, 32}, 8, 3).reshape({120, 1, 32}), tall}), u = quantised(x / 8), v = quantised(at::cat({reals({120, 1, 32}, 8, 11), tall}) / 8);
  const auto images = reals({4, 6, 3, 5}, 2, 9), weight = reals({6}, 2, 6), shift = reals({6}, 1, 7), none = at::ones({32}, at::kDouble), zeros = at::zeros({32}, at::kDouble);
  const double layer = 3.6 * std::exp2(-11.7) + 8 * kUlp;
  struct Statistic {
    const char* name;
    std::vector<at::Tensor> inputs;
    double bound;
    std::function<MPCTensor(const Inputs&, double)> function;
    at::Tensor expected;
    double tolerance;
  };
  const std::vector<Statistic> statistics{
      {"std", {x}, 8, [](const Inputs& in, double b) { return standard_deviation(in[0], {2}, 1, false, b); }, x.std(at::IntArrayRef({2}), 1), 8.2 * std::exp2(-12.4) + 4 * kUlp},
      {"norm", {x}, 8, [](const Inputs& in, double b) { return norm(in[0], 2, {2}, false, b); }, x.norm(2, at::IntArrayRef({2})), 46 * std::exp2(-12.3)},
      {"cosine similarity", {u, v}, 1, [](const Inputs& in, double b) { return cosine_similarity(in[0], in[1], 2, b); }, (u * v).sum(2) / (u.norm(2, at::IntArrayRef({2})) * v.norm(2, at::IntArrayRef({2}))), 0x1p-10},
      {"layer norm", {x}, 8, [](const Inputs& in, double b) { return layer_norm(in[0], 1, {}, {}, 1e-5, b); }, at::layer_norm(x, {32}, none, zeros), layer},
      {"RMS norm", {x}, 8, [](const Inputs& in, double b) { return rms_norm(in[0], 1, {}, 1e-5, b); }, x * (x.square().mean(2, true) + 1e-5).rsqrt(), layer},
      {"group norm", {images, weight, shift}, 2, [](const Inputs& in, double b) { return group_norm(in[0], 2, in[1], in[2], 1e-5, b); }, at::group_norm(images, 2, weight, shift), 2 * layer},
      {"batch norm", {images, weight, shift}, 2, [](const Inputs& in, double b) { return batch_norm_of_batch(in[0], in[1], in[2], 1e-5, b); },
       at::batch_norm(images, weight, shift, {}, {}, true, 0.1, 1e-5, false), 2 * layer},
  };
  for (const auto& [name, inputs, bound, function, expected, tolerance] : statistics)
    for (const int n : {2, 3}) {
      CAPTURE(name, n);
      const auto run = [&, &function = function](double b) { return evaluate(n, inputs, [&](const Inputs& in) { return function(in, b); }); };
      const auto bounded = run(bound), free = run(kUnbounded);
      check_close(bounded, expected, tolerance);
      CHECK(bounded.back().cost.dealer_bytes < free.back().cost.dealer_bytes);
      CHECK(bounded.back().cost.rounds <= free.back().cost.rounds);
      CHECK(refusal(inputs, [&, &function = function](const Inputs& in) { function(in, 0); }).code == 419);
    }
}

TEST_CASE("a value beyond its bound gives some number", "[mpc][function]") {
  const auto far = at::cat({points_of_every_size(16, 0x1p44, 300, 16, true), at::zeros({3}, at::kDouble)});
  for (const auto& row : rows())
    for (const int n : {2, 3}) {
      const auto outcomes = evaluate(n, {far}, [&](const Inputs& in) { return row.function(in[0], row.bounds.front()); });
      for (const auto& outcome : outcomes) CHECK(outcome.value.equal(outcomes[0].value));
    }
}

TEST_CASE("a bound that is not positive is refused", "[mpc][function]") {
  for (const auto& row : rows())
    for (const double bound : {0.0, -1.0, std::nan("")}) CHECK(refusal({at::ones({2}, at::kDouble)}, [&](const Inputs& in) { row.function(in[0], bound); }).code == 419);
}
