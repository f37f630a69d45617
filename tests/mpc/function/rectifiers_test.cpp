#include "mpc/function/rectifiers.h"

#include "mpc/tensor/arithmetic.h"
#include "points.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("Rectifiers of straight pieces", "[mpc][function]") {
  for (const auto& [n, count] : {std::pair{1, 500}, std::pair{2, 10000}, std::pair{3, 10000}, std::pair{5, 500}}) {
    const auto x = points_between(-12, 12, count);
    struct Row {
      MPCTensor (*function)(const MPCTensor&);
      double (*reference)(double);
      double error;
      uint64_t rounds;
    };
    const std::vector<Row> rows{
        {[](const MPCTensor& in) { return leaky_relu(in); }, [](double v) { return v > 0 ? v : 0.01 * v; }, 24 * 0x1p-17 + kUlp, 5},
        {[](const MPCTensor& in) { return leaky_relu(in, 0.25); }, [](double v) { return v > 0 ? v : 0.25 * v; }, 0x1p-40, 4},
        {[](const MPCTensor& in) { return hardsigmoid(in); }, [](double v) { return std::clamp(v / 6 + 0.5, 0.0, 1.0); }, 0x1p-17 + kUlp, 4},
        {[](const MPCTensor& in) { return hardswish(in); }, [](double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); }, 12 * 0x1p-17 + 2 * kUlp, 6},
    };
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto judged = judge(n, x, rows[i].function, rows[i].reference);
      CAPTURE(n, i, judged.at);
      CHECK(judged.worst < rows[i].error);
      CHECK(judged.cost.rounds == rows[i].rounds);
    }
  }
}

TEST_CASE("PReLU with private slopes: one, or one for each channel", "[mpc][function]") {
  const auto x = reals({2, 3, 4, 5}, 9);
  const auto one = at::full({1}, 0.25, at::kDouble), each = at::tensor({0.5, -0.25, 1.5}, at::kDouble);
  for (const auto& weight : {one, each}) {
    const auto outcomes = evaluate(2, {x, weight}, [](const Inputs& in) { return prelu(in[0], in[1]); });
    const auto slope = weight.numel() == 1 ? weight : weight.view({3, 1, 1});
    check_close(outcomes, x.clamp_min(0) + slope * x.clamp_max(0), kUlp);
    CHECK(outcomes[0].cost.rounds == 5);
  }
  const auto rows = reals({7, 3}, 9);
  check_close(evaluate(3, {rows, each}, [](const Inputs& in) { return prelu(in[0], in[1]); }), rows.clamp_min(0) + each * rows.clamp_max(0), kUlp);
}
