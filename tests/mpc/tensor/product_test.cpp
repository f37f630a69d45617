#include "mpc/tensor/product.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/index.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/reshape.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("matrix products are exact while their truncation is pending, in torch's shapes", "[tensor][product]") {
  const std::vector<std::pair<at::Tensor, at::Tensor>> cases{
      {reals({3, 4}), reals({4, 5}, 4, 2)}, {reals({4}), reals({4, 5}, 4, 2)}, {reals({3, 4}), reals({4}, 4, 2)}, {reals({4}), reals({4}, 4, 2)},
      {reals({2, 3, 4}), reals({4, 2}, 4, 2)}, {reals({2, 1, 3, 4}), reals({5, 4, 2}, 4, 2)}, {reals({4, 3}).t(), reals({5, 4}, 4, 2).t()}};
  for (const auto& [a, b] : cases) {
    check_function({a, b}, at::matmul(a, b), 0, [](const Inputs& x) { return matmul(x[0], x[1]); });
    // Public operands on the grid are exact too.
    check_function({a}, at::matmul(a, b), 0, [b = b](const Inputs& x) { return matmul(x[0], Plain(b)); });
    check_function({b}, at::matmul(a, b), 0, [a = a](const Inputs& x) { return matmul(Plain(a), x[0]); });
  }
  check_close(evaluate(5, {reals({3, 4}), reals({4, 5})}, [](const Inputs& x) { return matmul(x[0], x[1]); }), at::matmul(reals({3, 4}), reals({4, 5})), 0);
}

TEST_CASE("convolutions agree with torch: stride, padding, dilation, groups, bias", "[tensor][product]") {
  struct Case {
    std::vector<int64_t> input, weight;
    Conv2dOptions options;
  };
  const std::vector<Case> cases{{{2, 3, 6, 7}, {4, 3, 3, 3}, {}},
                                {{1, 4, 7, 7}, {6, 2, 3, 2}, {{2, 1}, {1, 1}, {1, 2}, 2}},
                                {{2, 4, 5, 5}, {4, 1, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, 4}},
                                {{1, 3, 5, 5}, {2, 3, 1, 1}, {{2, 2}, {0, 0}, {1, 1}, 1}}};
  for (const auto& [input, weight, o] : cases) {
    const auto x = reals(input), w = reals(weight, 1, 3), b = reals({weight[0]}, 10, 5);
    const auto expected = at::conv2d(x, w, b, o.stride, o.padding, o.dilation, o.groups);
    check_function({x, w, b}, expected, 0, [o = o](const Inputs& in) { return conv2d(in[0], in[1], in[2], o); });
    check_function({x, w}, at::conv2d(x, w, {}, o.stride, o.padding, o.dilation, o.groups), 0, [o = o](const Inputs& in) { return conv2d(in[0], in[1], {}, o); });
    check_function({x}, at::conv2d(x, w, {}, o.stride, o.padding, o.dilation, o.groups), 0, [o = o, w](const Inputs& in) { return conv2d(in[0], Plain(w), o); });
  }
}

TEST_CASE("linear is matmul with the transposed weight, plus the bias", "[tensor][product]") {
  const auto x = reals({2, 3, 5}), w = reals({4, 5}, 2, 2), b = reals({4}, 100, 3);
  check_function({x, w, b}, at::linear(x, w, b), 0, [](const Inputs& in) { return linear(in[0], in[1], in[2]); });
  check_function({x, w}, at::linear(x, w), 0, [](const Inputs& in) { return linear(in[0], in[1], {}); });
}

TEST_CASE("a chain of matrix products: one truncation between two", "[tensor][product]") {
  const auto x = reals({2, 6}, 2), w = reals({6, 6}, 1, 2), v = reals({6, 3}, 1, 3);
  // (x·w + e)·v: |e| < one unit, times a column of |v| ≤ 1 over 6 rows; the second product is exact.
  check_function({x, w, v}, at::matmul(at::matmul(x, w), v), 6 * kUlp, [](const Inputs& in) { return matmul(matmul(in[0], in[1]), in[2]); });
  const Cost cost = cost_of({x, w, v}, [](const Inputs& in) { return matmul(matmul(in[0], in[1]), in[2]); });
  CHECK(cost.rounds == 3);  // product; truncation; product, whose left operand is opened anew
  CHECK(cost.bytes_sent == 8 * (12 + 36) + 8 * 12 + 8 * (12 + 18));
  CHECK(cost.dealer_bytes == 8 * 12 + 10 * 12 + 8 * 6);
}

TEST_CASE("a weight is opened once, however it is viewed", "[tensor][product]") {
  const auto x = reals({2, 6}), w = reals({6, 6}, 1, 2);
  const auto second = [&](auto use) {
    return cost_of({x, w}, [&](const Inputs& in) {
      const auto first = matmul(in[0], in[1]);
      return Measured(first, measure(*first.party(), [&] { use(in[0], in[1]); }));
    });
  };
  CHECK(second([](const MPCTensor& in, const MPCTensor& weight) { matmul(in, weight); }).bytes_sent == 0);
  CHECK(second([](const MPCTensor& in, const MPCTensor& weight) { matmul(in, transpose(weight, 0, 1)); }).bytes_sent == 0);
  CHECK(second([](const MPCTensor& in, const MPCTensor& weight) { linear(in, weight, {}); }).bytes_sent == 0);
  CHECK(second([](const MPCTensor& in, const MPCTensor& weight) { matmul(in, slice(weight, 1, 1, 5, 2)); }).bytes_sent == 0);
  CHECK(second([](const MPCTensor& in, const MPCTensor& weight) { matmul(in, select(reshape(weight, {6, 2, 3}), 1, 1)); }).bytes_sent == 0);
  // Opened through a view first: the weight itself carries the opening.
  CHECK(cost_of({x, w}, [](const Inputs& in) {
          const auto first = linear(in[0], in[1], {});
          return Measured(first, measure(*first.party(), [&] { matmul(in[0], in[1]); }));
        }).bytes_sent == 0);
}

TEST_CASE("convolution, bias, ReLU: one round and four with a cached weight; the truncation is fused", "[tensor][product]") {
  const auto x = reals({1, 2, 8, 8}, 2), w = reals({8, 2, 3, 3}, 1, 2), b = reals({8}, 1, 3);  // 512 outputs: whole tiles
  const auto layer = [](const Inputs& in) { return relu(conv2d(in[0], in[1], in[2], {{1, 1}, {1, 1}, {1, 1}, 1})); };
  // One truncation, inside the ReLU.
  check_function({x, w, b}, at::relu(at::conv2d(x, w, b, {1, 1}, {1, 1})), kUlp, layer);
  const Cost cost = cost_of({x, w, b, x}, [&](const Inputs& in) {
    const auto first = layer(in);
    return Measured(first, measure(*first.party(), [&] { layer({in[3], in[1], in[2]}); }));
  });
  CHECK(cost.rounds == 1 + 4);
  CHECK(cost.bytes_sent <= 8 * 128 + 13 * 512);
  CHECK(cost.dealer_bytes <= 8 * 512 + 72 * 512);
}

TEST_CASE("empty operands of products", "[tensor][product]") {
  const auto none = at::zeros({0, 3}, at::kDouble), w = reals({3, 2}), inner = at::zeros({2, 0}, at::kDouble), outer = at::zeros({0, 3}, at::kDouble);
  check_function({none, w}, at::zeros({0, 2}), 0, [](const Inputs& x) { return matmul(x[0], x[1]); });
  check_function({inner, outer}, at::zeros({2, 3}), 0, [](const Inputs& x) { return matmul(x[0], x[1]); });
  check_function({at::zeros({0, 2, 5, 5}), reals({3, 2, 3, 3})}, at::zeros({0, 3, 3, 3}), 0, [](const Inputs& x) { return conv2d(x[0], x[1], {}); });
}

TEST_CASE("products that do not fit are refused on all ranks, naming both shapes", "[tensor][product]") {
  const auto error = refusal({reals({2, 3}), reals({4, 5})}, [](const Inputs& x) { matmul(x[0], x[1]); });
  CHECK(error.code == 121);
  CHECK(contains(error.text, "[2, 3]"));
  CHECK(contains(error.text, "[4, 5]"));
  CHECK(refusal({reals({2, 3})}, [](const Inputs& x) { matmul(x[0], Plain(at::ones({4}))); }).code == 121);
  CHECK(refusal({reals({1, 3, 5, 5}), reals({2, 4, 3, 3})}, [](const Inputs& x) { conv2d(x[0], x[1], {}); }).code == 122);
  CHECK(refusal({reals({1, 3, 5, 5}), reals({2, 3, 3, 3}), reals({3})}, [](const Inputs& x) { conv2d(x[0], x[1], x[2]); }).code == 408);
  CHECK(refusal({reals({1, 3}), reals({2, 3}), reals({1})}, [](const Inputs& x) { linear(x[0], x[1], x[2]); }).code == 408);
  CHECK(refusal({reals({1, 3}), reals({3})}, [](const Inputs& x) { linear(x[0], x[1], {}); }).code == 425);
  CHECK(refusal({reals({1, 3, 5, 5}), reals({2, 3, 3, 3})}, [](const Inputs& x) { conv2d(x[0], x[1], {}, {{0, 1}, {0, 0}, {1, 1}, 1}); }).code == 123);
}
