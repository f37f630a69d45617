#include "autograd/ops/arithmetic.h"

#include "autograd/ops/logic.h"
#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("operators with encrypted and public operands on either side", "[autograd][arithmetic]") {
  const auto a = reals({2, 3}), b = reals({3}, 4, 5), p = reals({2, 3}, 9, 7);
  check_crypt({a, b}, a + b, 0, [](const CrypInputs& x) { return x[0] + x[1]; });
  check_crypt({a, b}, a - b, 0, [](const CrypInputs& x) { return x[0] - x[1]; });
  check_crypt({a, b}, a * b, 0, [](const CrypInputs& x) { return x[0] * x[1]; });
  check_crypt({a}, -a, 0, [](const CrypInputs& x) { return -x[0]; });
  check_crypt({a}, a * a, 0, [](const CrypInputs& x) { return square(x[0]); });
  check_crypt({a}, a + p, 0, [&](const CrypInputs& x) { return x[0] + p; });
  check_crypt({a}, p + a, 0, [&](const CrypInputs& x) { return p + x[0]; });
  check_crypt({a}, a - p, 0, [&](const CrypInputs& x) { return x[0] - p; });
  check_crypt({a}, p - a, 0, [&](const CrypInputs& x) { return p - x[0]; });
  check_crypt({a}, a * p, 0, [&](const CrypInputs& x) { return x[0] * p; });
  check_crypt({a}, p * a, 0, [&](const CrypInputs& x) { return p * x[0]; });
  check_crypt({a}, a + 1, 0, [](const CrypInputs& x) { return x[0] + 1; });
  check_crypt({a}, 1 - a, 0, [](const CrypInputs& x) { return 1 - x[0]; });
  check_crypt({a}, 2.5 - a, 0, [](const CrypInputs& x) { return 2.5 - x[0]; });
  check_crypt({a}, a * 3, 0, [](const CrypInputs& x) { return 3 * x[0]; });
  check_crypt({a}, a * 0.25, 0, [](const CrypInputs& x) { return x[0] * 0.25; });
  check_crypt({a}, a / 8, 0, [](const CrypInputs& x) { return x[0] / 8; });
  check_crypt({a}, a / 3, 4.0 / 3 * 0x1p-17, [](const CrypInputs& x) { return x[0] / 3.0; });  // the factor's relative error
  CHECK(crypt_refusal({a}, [](const CrypInputs& x) { x[0] / 0; }) == 413);
  CHECK(crypt_refusal({a, reals({4})}, [](const CrypInputs& x) { x[0] + x[1]; }) == 410);
}

TEST_CASE("matrix products, convolution and linear layers", "[autograd][arithmetic]") {
  const auto a = reals({2, 3}), w = reals({4, 3}, 2, 3), b = reals({4}, 9, 5);
  check_crypt({a, w}, at::matmul(a, w.t()), 0, [&](const CrypInputs& x) { return matmul(x[0], w.t()); });
  check_crypt({a, w}, at::matmul(w, a.t()), 0, [&](const CrypInputs& x) { return matmul(w, CrypTensor(MPCTensor(x[0].party(), x[0].value().share().view([](const at::Tensor& t) { return t.t(); }, true), 16))); });
  check_crypt({a, w.t().contiguous()}, at::matmul(a, w.t()), 0, [](const CrypInputs& x) { return matmul(x[0], x[1]); });
  check_crypt({a, w, b}, at::linear(a, w, b), 0, [](const CrypInputs& x) { return linear(x[0], x[1], x[2]); });
  check_crypt({a, w}, at::linear(a, w), 0, [](const CrypInputs& x) { return linear(x[0], x[1], {}); });
  const auto image = reals({1, 2, 5, 5}), kernel = reals({4, 2, 3, 3}, 1, 3);
  const Conv2dOptions options{{2, 1}, {1, 0}, {1, 1}, 1};
  check_crypt({image, kernel, b}, at::conv2d(image, kernel, b, {2, 1}, {1, 0}), 0, [&](const CrypInputs& x) { return conv2d(x[0], x[1], x[2], options); });
  check_crypt({image}, at::conv2d(image, kernel, {}, {2, 1}, {1, 0}), 0, [&](const CrypInputs& x) { return conv2d(x[0], kernel, options); });
}

TEST_CASE("a small network: one truncation a layer, each off by at most a unit", "[autograd][arithmetic]") {
  const auto x = reals({2, 6}, 2), w1 = reals({5, 6}, 1, 2), b1 = reals({5}, 1, 3), w2 = reals({3, 5}, 1, 4), b2 = reals({3}, 1, 5);
  const auto expected = at::linear(at::relu(at::linear(x, w1, b1)), w2, b2);
  // The hidden layer is off by at most one unit in each of 5 elements, weights are at most 1; the output's truncation is pending.
  check_crypt({x, w1, b1, w2, b2}, expected, 5 * kUlp, [](const CrypInputs& in) { return linear(relu(linear(in[0], in[1], in[2])), in[3], in[4]); });
}
