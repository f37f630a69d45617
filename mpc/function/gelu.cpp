#include "mpc/function/gelu.h"

#include "mpc/function/piecewise.h"
#include "mpc/tensor/arithmetic.h"

namespace crypten {

MPCTensor gelu(const MPCTensor& x, GeluForm form) {
  return form == GeluForm::exact ? piecewise("gelu", series_tables::gelu, x) : piecewise("gelu (tanh)", series_tables::gelu_tanh, x);
}

MPCTensor silu(const MPCTensor& x) { return piecewise("silu", series_tables::silu, x); }

MPCTensor softplus(const MPCTensor& x, double beta) {
  if (beta == 1) return piecewise("softplus", series_tables::softplus, x);
  return divide(piecewise("softplus", series_tables::softplus, multiply(x, Plain(beta))), Plain(beta));
}

MPCTensor logsigmoid(const MPCTensor& x) { return subtract(x, piecewise("logsigmoid", series_tables::softplus, x)); }

MPCTensor mish(const MPCTensor& x) { return piecewise("mish", series_tables::mish, x); }

MPCTensor elu(const MPCTensor& x, double alpha) {
  const auto [bounded, linear] = piecewise_parts("elu", series_tables::elu, x, true);
  return add(alpha == 1 ? bounded : multiply(bounded, Plain(alpha)), linear);
}

MPCTensor selu(const MPCTensor& x) {
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;  // Klambauer et al., "Self-Normalizing Neural Networks" (2017)
  const auto [bounded, linear] = piecewise_parts("selu", series_tables::elu, x, true);
  return add(multiply(bounded, Plain(kAlpha * kScale)), multiply(linear, Plain(kScale)));
}

}  // namespace crypten
