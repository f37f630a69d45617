#include "mpc/function/gelu.h"

#include <cmath>

#include "mpc/function/piecewise.h"
#include "mpc/tensor/arithmetic.h"

namespace crypten {

MPCTensor gelu(const MPCTensor& x, GeluForm form, double bound) {
  return form == GeluForm::exact ? piecewise("gelu", series_tables::gelu, x, false, bound) : piecewise("gelu (tanh)", series_tables::gelu_tanh, x, false, bound);
}

MPCTensor silu(const MPCTensor& x, double bound) { return piecewise("silu", series_tables::silu, x, false, bound); }

MPCTensor softplus(const MPCTensor& x, double beta, double bound) {
  if (beta == 1) return piecewise("softplus", series_tables::softplus, x, false, bound);
  return divide(piecewise("softplus", series_tables::softplus, multiply(x, Plain(beta)), false, beta == 0 ? bound : bound * std::abs(beta)), Plain(beta));
}

MPCTensor logsigmoid(const MPCTensor& x, double bound) { return subtract(x, piecewise("logsigmoid", series_tables::softplus, x, false, bound)); }

MPCTensor mish(const MPCTensor& x, double bound) { return piecewise("mish", series_tables::mish, x, false, bound); }

MPCTensor elu(const MPCTensor& x, double alpha, double bound) {
  const auto [bounded, linear] = piecewise_parts("elu", series_tables::elu, x, true, bound);
  return add(alpha == 1 ? bounded : multiply(bounded, Plain(alpha)), linear);
}

MPCTensor selu(const MPCTensor& x, double bound) {
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;  // Klambauer et al., "Self-Normalizing Neural Networks" (2017)
  const auto [bounded, linear] = piecewise_parts("selu", series_tables::elu, x, true, bound);
  return add(multiply(bounded, Plain(kAlpha * kScale)), multiply(linear, Plain(kScale)));
}

}  // namespace crypten
