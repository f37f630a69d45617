#include "mpc/tensor/clamp.h"

#include <ATen/ops/minimum.h>

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("the larger and the smaller of two are torch's, broadcasting, private and public", "[tensor][bounds]") {
  const auto a = reals({5, 6}), b = reals({6}, 4, 7);
  check_function({a, b}, at::maximum(a, b), 0, [](const Inputs& in) { return maximum(in[0], in[1]); });
  check_function({a, b}, at::minimum(a, b), 0, [](const Inputs& in) { return minimum(in[0], in[1]); });
  check_function({a}, at::maximum(a, b), 0, [&](const Inputs& in) { return maximum(in[0], Plain(b)); });
  check_function({a}, at::minimum(a, at::full({}, 0.5, at::kDouble)), 0, [](const Inputs& in) { return minimum(in[0], Plain(0.5)); });
  check_close(evaluate(5, {a, b}, [](const Inputs& in) { return minimum(in[0], in[1]); }), at::minimum(a, b), 0);
  check_function({at::zeros({0, 6}), b}, at::zeros({0, 6}), 0, [](const Inputs& in) { return maximum(in[0], in[1]); });
}

TEST_CASE("clamp with one bound and with two; saturated elements are the bound exactly", "[tensor][bounds]") {
  const auto x = reals({50}, 4);
  check_function({x}, x.clamp_min(0.75), 0, [](const Inputs& in) { return clamp(in[0], 0.75, std::nullopt); });
  check_function({x}, x.clamp_max(-0.5), 0, [](const Inputs& in) { return clamp(in[0], std::nullopt, -0.5); });
  check_function({x}, x.clamp(-1, 2), 0, [](const Inputs& in) { return clamp(in[0], -1, 2); });
  const auto squares = evaluate(2, {x}, [](const Inputs& in) { return clamp(square(in[0]), std::nullopt, 3); });
  check_close(squares, (x * x).clamp_max(3), kUlp);
  CHECK(squares[0].value.eq(3).equal((x * x).ge(3)));
}

TEST_CASE("cost is a comparison's and a selection's; the truncation of a product is part of a clamp", "[tensor][bounds]") {
  const auto x = reals({512}), y = reals({512}, 4, 3);
  for (const auto& cost : {cost_of({x, y}, [](const Inputs& in) { return maximum(in[0], in[1]); }), cost_of({x, y}, [](const Inputs& in) { return minimum(in[0], in[1]); }),
                           cost_of({x}, [](const Inputs& in) { return clamp(in[0], 1, std::nullopt); })}) {
    CHECK(cost.rounds == 4);
    CHECK(cost.bytes_sent <= 13 * 512);
    CHECK(cost.dealer_bytes <= 60 * 512);
  }
  const auto fused = evaluate(2, {x}, [](const Inputs& in) {
    const auto product = square(in[0]);
    MPCTensor result;
    const Cost cost = measure(*product.party(), [&] { result = clamp(product, std::nullopt, 2); });
    return Measured{result, cost};
  });
  CHECK(fused[1].cost.rounds == 4);
  CHECK(fused[1].fraction_bits == 16);
}

TEST_CASE("bounds that do not fit are refused on all ranks", "[tensor][bounds]") {
  const std::vector<at::Tensor> x{reals({2, 3}), reals({2})};
  CHECK(refusal(x, [](const Inputs& in) { maximum(in[0], in[1]); }).code == 410);
  CHECK(refusal(x, [](const Inputs& in) { minimum(in[0], Plain(at::ones({2}))); }).code == 410);
  CHECK(refusal(x, [](const Inputs& in) { clamp(in[0], std::nullopt, std::nullopt); }).code == 419);
  CHECK(refusal(x, [](const Inputs& in) { clamp(in[0], 2, 1); }).code == 419);
}
