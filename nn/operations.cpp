#include "nn/operations.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/exponential.h"
#include "autograd/ops/function.h"
#include "autograd/ops/normalize.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "crypten_core/error.h"
#include "crypten_core/json.h"

namespace crypten::nn {
namespace {

using Inputs = std::span<const CrypTensor>;

std::vector<int64_t> list(const Node& node, const char* name) { return whole_numbers<int64_t>(node.attributes.at(name)); }
std::array<int64_t, 2> pair(const Node& node, const char* name) {
  const auto both = list(node, name);
  return {both.at(0), both.at(1)};
}
int64_t integer(const Node& node, const char* name) { return whole<int64_t>(node.attributes.at(name)); }
double real(const Node& node, const char* name) { return node.attributes.at(name).get<double>(); }
bool flag(const Node& node, const char* name) { return node.attributes.at(name).get<bool>(); }

// a + alpha·b; alpha is nearly always 1, and then costs nothing.
CrypTensor times(const CrypTensor& x, double factor) { return factor == 1 ? x : x * Plain(factor); }

Pool2dOptions pool(const Node& node) {
  Pool2dOptions options{pair(node, "kernel"), pair(node, "stride"), pair(node, "padding"), {1, 1}, flag(node, "ceil_mode"), true};
  if (node.attributes.contains("dilation")) options.dilation = pair(node, "dilation");
  if (node.attributes.contains("count_include_pad")) options.count_include_pad = flag(node, "count_include_pad");
  return options;
}

GeluForm gelu_form(const Node& node) {
  const auto form = node.attributes.at("form").get<std::string>();
  if (form != "none" && form != "tanh")
    throw InvalidArgument(501, "unknown form of gelu: \"" + form + "\"", "node " + node.name, "expected \"none\" or \"tanh\"", "export the model again");
  return form == "tanh" ? GeluForm::tanh : GeluForm::exact;
}

CrypTensor per_channel(const CrypTensor& values, int64_t dims) {
  std::vector<int64_t> shape(static_cast<size_t>(dims), 1);
  shape[1] = values.numel();
  return reshape(values, shape);
}

}  // namespace

const std::map<std::string, Operation>& operations() {
  static const std::map<std::string, Operation> table{
      {"conv2d", [](const Node& node, Inputs x) {
         return conv2d(x[0], x[1], x[2], {pair(node, "stride"), pair(node, "padding"), pair(node, "dilation"), integer(node, "groups")});
       }},
      {"linear", [](const Node&, Inputs x) { return linear(x[0], x[1], x[2]); }},
      {"channel_affine", [](const Node&, Inputs x) { return x[0] * per_channel(x[1], x[0].dim()) + per_channel(x[2], x[0].dim()); }},
      {"relu", [](const Node&, Inputs x) { return relu(x[0]); }},
      {"hardtanh", [](const Node& node, Inputs x) { return hardtanh(x[0], real(node, "min"), real(node, "max")); }},
      {"sigmoid", [](const Node&, Inputs x) { return sigmoid(x[0]); }},
      {"tanh", [](const Node&, Inputs x) { return tanh(x[0]); }},
      {"erf", [](const Node&, Inputs x) { return erf(x[0]); }},
      {"gelu", [](const Node& node, Inputs x) { return gelu(x[0], gelu_form(node)); }},
      {"silu", [](const Node&, Inputs x) { return silu(x[0]); }},
      {"softplus", [](const Node& node, Inputs x) { return softplus(x[0], real(node, "beta")); }},
      {"logsigmoid", [](const Node&, Inputs x) { return logsigmoid(x[0]); }},
      {"mish", [](const Node&, Inputs x) { return mish(x[0]); }},
      {"elu", [](const Node& node, Inputs x) { return elu(x[0], real(node, "alpha")); }},
      {"selu", [](const Node&, Inputs x) { return selu(x[0]); }},
      {"prelu", [](const Node&, Inputs x) { return prelu(x[0], x[1]); }},
      {"sin", [](const Node&, Inputs x) { return sin(x[0]); }},
      {"cos", [](const Node&, Inputs x) { return cos(x[0]); }},
      {"exp", [](const Node&, Inputs x) { return exp(x[0]); }},
      {"expm1", [](const Node&, Inputs x) { return expm1(x[0]); }},
      {"log", [](const Node&, Inputs x) { return log(x[0]); }},
      {"log1p", [](const Node&, Inputs x) { return log1p(x[0]); }},
      {"sqrt", [](const Node&, Inputs x) { return sqrt(x[0]); }},
      {"rsqrt", [](const Node&, Inputs x) { return inv_sqrt(x[0]); }},
      {"reciprocal", [](const Node&, Inputs x) { return reciprocal(x[0]); }},
      {"tan", [](const Node&, Inputs x) { return tan(x[0]); }},
      {"real_pow", [](const Node& node, Inputs x) { return real_power(x[0], real(node, "exponent")); }},
      {"quotient", [](const Node&, Inputs x) { return x[0] / x[1]; }},
      {"softmax", [](const Node& node, Inputs x) { return softmax(x[0], integer(node, "dim")); }},
      {"log_softmax", [](const Node& node, Inputs x) { return log_softmax(x[0], integer(node, "dim")); }},
      {"layer_norm", [](const Node& node, Inputs x) { return layer_norm(x[0], integer(node, "dims"), x[1], x[2], real(node, "eps")); }},
      {"group_norm", [](const Node& node, Inputs x) { return group_norm(x[0], integer(node, "groups"), x[1], x[2], real(node, "eps")); }},
      {"pow", [](const Node& node, Inputs x) { return power(x[0], integer(node, "exponent")); }},
      {"max_pool2d", [](const Node& node, Inputs x) { return max_pool2d(x[0], pool(node)); }},
      {"avg_pool2d", [](const Node& node, Inputs x) { return avg_pool2d(x[0], pool(node)); }},
      {"adaptive_avg_pool2d", [](const Node& node, Inputs x) { return adaptive_avg_pool2d(x[0], pair(node, "output")); }},
      {"adaptive_max_pool2d", [](const Node& node, Inputs x) { return adaptive_max_pool2d(x[0], pair(node, "output")); }},
      {"add", [](const Node& node, Inputs x) { return x[0] + times(x[1], real(node, "alpha")); }},
      {"sub", [](const Node& node, Inputs x) { return x[0] - times(x[1], real(node, "alpha")); }},
      {"mul", [](const Node&, Inputs x) { return x[0] * x[1]; }},
      {"matmul", [](const Node&, Inputs x) { return matmul(x[0], x[1]); }},
      {"div", [](const Node& node, Inputs x) { return x[0] / Plain(real(node, "divisor")); }},
      {"neg", [](const Node&, Inputs x) { return -x[0]; }},
      {"add_scalar", [](const Node& node, Inputs x) { return x[0] + Plain(real(node, "value")); }},
      {"mul_scalar", [](const Node& node, Inputs x) { return x[0] * Plain(real(node, "value")); }},
      {"sum", [](const Node& node, Inputs x) { return sum(x[0], list(node, "dims"), flag(node, "keepdim")); }},
      {"mean", [](const Node& node, Inputs x) { return mean(x[0], list(node, "dims"), flag(node, "keepdim")); }},
      {"argmax", [](const Node& node, Inputs x) { return argmax(x[0], integer(node, "dim"), flag(node, "keepdim"), /*one_hot=*/false); }},
      {"flatten", [](const Node& node, Inputs x) { return flatten(x[0], integer(node, "start"), integer(node, "end")); }},
      {"reshape", [](const Node& node, Inputs x) { return reshape(x[0], list(node, "shape")); }},
      {"transpose", [](const Node& node, Inputs x) { return transpose(x[0], pair(node, "dims")[0], pair(node, "dims")[1]); }},
      {"permute", [](const Node& node, Inputs x) { return permute(x[0], list(node, "dims")); }},
      {"squeeze", [](const Node& node, Inputs x) { return squeeze(x[0], integer(node, "dim")); }},
      {"unsqueeze", [](const Node& node, Inputs x) { return unsqueeze(x[0], integer(node, "dim")); }},
      {"cat", [](const Node& node, Inputs x) { return cat({x.begin(), x.end()}, integer(node, "dim")); }},
      {"slice", [](const Node& node, Inputs x) { return slice(x[0], integer(node, "dim"), integer(node, "start"), integer(node, "end"), integer(node, "step")); }},
      {"select", [](const Node& node, Inputs x) { return select(x[0], integer(node, "dim"), integer(node, "index")); }},
      {"pad", [](const Node& node, Inputs x) { return pad(x[0], list(node, "pad"), real(node, "value")); }},
      {"identity", [](const Node&, Inputs x) { return x[0]; }},
  };
  return table;
}

}  // namespace crypten::nn
