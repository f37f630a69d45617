#include "autograd/ops/exponential.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/normalize.h"
#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("exponentials, quotients, roots and softmax of CrypTensors are those of their values", "[autograd][function]") {
  const auto x = reals({3, 8}, 4), y = reals({3, 8}, 2).abs() + 0.5;
  constexpr double kRelative = 0x1p-11;
  const auto near = [](const at::Tensor& expected) { return expected.abs().max().item<double>() * kRelative + 4 * kUlp; };
  check_crypt({x}, x.exp(), near(x.exp()), [](const CrypInputs& in) { return exp(in[0]); });
  check_crypt({x}, x.expm1(), near(x.exp()), [](const CrypInputs& in) { return expm1(in[0]); });
  check_crypt({y}, y.log(), 0x1p-12, [](const CrypInputs& in) { return log(in[0]); });
  check_crypt({y}, y.log1p(), 0x1p-12, [](const CrypInputs& in) { return log1p(in[0]); });
  check_crypt({y}, y.reciprocal(), near(y.reciprocal()), [](const CrypInputs& in) { return reciprocal(in[0]); });
  check_crypt({x, y}, x / y, near(x / y), [](const CrypInputs& in) { return in[0] / in[1]; });
  check_crypt({y}, 3 / y, near(3 / y), [](const CrypInputs& in) { return Plain(3) / in[0]; });
  check_crypt({y}, y.sqrt(), near(y.sqrt()), [](const CrypInputs& in) { return sqrt(in[0]); });
  check_crypt({y}, y.rsqrt(), near(y.rsqrt()), [](const CrypInputs& in) { return inv_sqrt(in[0]); });
  check_crypt({y}, y.pow(-1.5), 4 * near(y.pow(-1.5)), [](const CrypInputs& in) { return real_power(in[0], -1.5); });
  check_crypt({x}, (x / 4).tan(), 4 * near((x / 4).tan()), [](const CrypInputs& in) { return tan(in[0] * Plain(0.25)); });
  check_crypt({x}, x.softmax(1), 0x1p-12, [](const CrypInputs& in) { return softmax(in[0], 1); });
  check_crypt({x}, x.log_softmax(0), 0x1p-11, [](const CrypInputs& in) { return log_softmax(in[0], 0); });
  check_crypt({x}, x.logsumexp(1), 0x1p-11, [](const CrypInputs& in) { return logsumexp(in[0], 1); });
  check_crypt({x}, x.var(at::IntArrayRef({1}), false), 40 * kUlp, [](const CrypInputs& in) { return var(in[0], {1}, 0); });
  check_crypt({x}, x.std(at::IntArrayRef({1}), true), 5 * kRelative, [](const CrypInputs& in) { return standard_deviation(in[0], {1}); });
  check_crypt({x}, x.norm(2, at::IntArrayRef({1})), 12 * kRelative, [](const CrypInputs& in) { return norm(in[0], 2, {1}); });
}
