#include "autograd/ops/function.h"

#include "mpc/function/piecewise.h"
#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("functions of CrypTensors are those of their values", "[autograd][function]") {
  const auto x = reals({3, 7}, 6);
  const auto bound = [](const series_tables::Tables& tables) { return piecewise_error(tables, 16); };
  const auto softplus_of = x.clamp_min(0) + (-x.abs()).exp().log1p();
  check_crypt({x}, x.sigmoid(), bound(series_tables::sigmoid), [](const CrypInputs& in) { return sigmoid(in[0]); });
  check_crypt({x}, x.tanh(), bound(series_tables::tanh), [](const CrypInputs& in) { return tanh(in[0]); });
  check_crypt({x}, x.erf(), bound(series_tables::erf), [](const CrypInputs& in) { return erf(in[0]); });
  check_crypt({x}, 0.5 * x * (1 + (x / std::sqrt(2)).erf()), bound(series_tables::gelu), [](const CrypInputs& in) { return gelu(in[0]); });
  check_crypt({x}, 0.5 * x * (1 + (std::sqrt(2 / M_PI) * (x + 0.044715 * x.pow(3))).tanh()), bound(series_tables::gelu_tanh),
              [](const CrypInputs& in) { return gelu(in[0], GeluForm::tanh); });
  check_crypt({x}, x * x.sigmoid(), bound(series_tables::silu), [](const CrypInputs& in) { return silu(in[0]); });
  check_crypt({x}, softplus_of, bound(series_tables::softplus), [](const CrypInputs& in) { return softplus(in[0]); });
  check_crypt({x}, x - softplus_of, bound(series_tables::softplus), [](const CrypInputs& in) { return logsigmoid(in[0]); });
  check_crypt({x}, x * softplus_of.tanh(), bound(series_tables::mish), [](const CrypInputs& in) { return mish(in[0]); });
  check_crypt({x}, x.atan(), 0x1p-12, [](const CrypInputs& in) { return atan(in[0]); });
  const auto even = reals({3, 8}, 6);
  check_crypt({even}, at::cat({-even.narrow(1, 4, 4), even.narrow(1, 0, 4)}, 1), 0, [](const CrypInputs& in) { return rotary(in[0], Plain(0), Plain(1)); });
  const auto negative = x.clamp_max(0).expm1();
  check_crypt({x}, x.clamp_min(0) + negative, bound(series_tables::elu), [](const CrypInputs& in) { return elu(in[0]); });
  check_crypt({x}, 1.0507009873554805 * (x.clamp_min(0) + 1.6732632423543772 * negative), 2 * bound(series_tables::elu), [](const CrypInputs& in) { return selu(in[0]); });
  check_crypt({x}, x.clamp_min(0) + 0.25 * x.clamp_max(0), 0, [](const CrypInputs& in) { return leaky_relu(in[0], 0.25); });
  check_crypt({x, at::full({7}, 0.5, at::kDouble)}, x.clamp_min(0) + 0.5 * x.clamp_max(0), 0, [](const CrypInputs& in) { return prelu(in[0], in[1]); });
  check_crypt({x}, (x + 3).clamp(0, 6) / 6, 2 * kUlp, [](const CrypInputs& in) { return hardsigmoid(in[0]); });
  check_crypt({x}, x * (x + 3).clamp(0, 6) / 6, 6 * kUlp, [](const CrypInputs& in) { return hardswish(in[0]); });
  check_crypt({x}, x.sin(), 3 * kUlp, [](const CrypInputs& in) { return sin(in[0]); });
  check_crypt({x}, x.cos(), 3 * kUlp, [](const CrypInputs& in) { return cos(in[0]); });
  check_crypt({x}, x.cos(), 3 * kUlp, [](const CrypInputs& in) { return cossin(in[0]).first; });
  check_crypt({x}, x.sin(), 3 * kUlp, [](const CrypInputs& in) { return cossin(in[0]).second; });
  check_crypt({x}, x.pow(3), 110 * kUlp, [](const CrypInputs& in) { return power(in[0], 3); });
  check_crypt({x}, 1 + 0.5 * x - 0.25 * x.pow(2), 40 * kUlp, [](const CrypInputs& in) { return polynomial(in[0], {1, 0.5, -0.25}); });
}
