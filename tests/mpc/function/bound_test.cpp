#include "mpc/function/bound.h"

#include "mpc/function/arctangent.h"
#include "mpc/function/exponential.h"
#include "mpc/function/gelu.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/piecewise.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/softmax.h"
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
      {"exp of negative", [](const MPCTensor& x, double b) { return exp_of_negative(x, b); }, [](const at::Tensor& x) { return x.exp(); }, -1, {0.9}, none, std::exp2(-15.5) + 2 * kUlp},
      {"log", [](const MPCTensor& x, double b) { return log(x, b); }, [](const at::Tensor& x) { return x.log(); }, 0x1p-10, {1, 16, 1000, 1e5}, none, std::exp2(-13) + kUlp},
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
    CHECK(outcomes[0].cost.rounds == 5 * 4 + 11);
    check_close(evaluate(n, {x}, [](const Inputs& in) { return log_softmax(in[0], 1, 8); }), x.log_softmax(1), std::exp2(-12.5) + 32 * std::exp2(-15.5) + 2 * kUlp);
    check_close(evaluate(n, {x}, [](const Inputs& in) { return logsumexp(in[0], 1, false, 8); }), x.logsumexp(1), std::exp2(-12.5) + 32 * std::exp2(-15.5) + 2 * kUlp);
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
