#include "nn/operations.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "mpc/function/piecewise.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::nn;

namespace {

struct Case {
  Node node;
  std::vector<at::Tensor> inputs;
  at::Tensor expected;
  double error = 0;  // of a function of reals, beside the roundings (mpc/function/piecewise.h)
};

Case one(const std::string& op, nlohmann::json attributes, at::Tensor input, at::Tensor expected, double error = 0) {
  return {{"n", op, "", {"x"}, std::move(attributes)}, {std::move(input)}, std::move(expected), error};
}

std::vector<Case> cases() {
  // Multiples of 2^-10 up to 4: encoded exactly, and products of two keep 20 fractional bits.
  const auto image = ((at::arange(2 * 3 * 6 * 6) * 37 % 4096 - 2048).to(at::kDouble) / 1024).reshape({2, 3, 6, 6});
  const auto matrix = image.reshape({12, 18}).slice(0, 0, 4);
  return {
      one("hardtanh", {{"min", -0.5}, {"max", 1.0}}, image, at::hardtanh(image, -0.5, 1.0)),
      one("sigmoid", nlohmann::json::object(), image, image.sigmoid(), piecewise_error(series_tables::sigmoid, 16)),
      one("tanh", nlohmann::json::object(), image, image.tanh(), piecewise_error(series_tables::tanh, 16)),
      one("erf", nlohmann::json::object(), image, image.erf(), piecewise_error(series_tables::erf, 16)),
      one("gelu", {{"form", "none"}}, image, 0.5 * image * (1 + (image / std::sqrt(2)).erf()), piecewise_error(series_tables::gelu, 16)),
      one("gelu", {{"form", "tanh"}}, image, 0.5 * image * (1 + (std::sqrt(2 / M_PI) * (image + 0.044715 * image.pow(3))).tanh()), piecewise_error(series_tables::gelu_tanh, 16)),
      one("silu", nlohmann::json::object(), image, image * image.sigmoid(), piecewise_error(series_tables::silu, 16)),
      one("softplus", {{"beta", 1.0}}, image, image.exp().log1p(), piecewise_error(series_tables::softplus, 16)),
      one("logsigmoid", nlohmann::json::object(), image, image.sigmoid().log(), piecewise_error(series_tables::softplus, 16)),
      one("mish", nlohmann::json::object(), image, image * image.exp().log1p().tanh(), piecewise_error(series_tables::mish, 16)),
      one("elu", {{"alpha", 1.0}}, image, image.clamp_min(0) + image.clamp_max(0).expm1(), piecewise_error(series_tables::elu, 16)),
      one("selu", nlohmann::json::object(), image, 1.0507009873554805 * (image.clamp_min(0) + 1.6732632423543772 * image.clamp_max(0).expm1()), 2 * piecewise_error(series_tables::elu, 16)),
      one("sin", nlohmann::json::object(), image, image.sin(), 2 * 0x1p-16),
      one("cos", nlohmann::json::object(), image, image.cos(), 2 * 0x1p-16),
      one("pow", {{"exponent", 3}}, image, image.pow(3), 15 * 0x1p-16),
      one("avg_pool2d", {{"kernel", {3, 3}}, {"stride", {2, 2}}, {"padding", {1, 1}}, {"ceil_mode", false}, {"count_include_pad", false}}, image,
          at::avg_pool2d(image, {3, 3}, {2, 2}, {1, 1}, false, false)),
      one("max_pool2d", {{"kernel", {3, 3}}, {"stride", {2, 2}}, {"padding", {1, 1}}, {"dilation", {1, 1}}, {"ceil_mode", true}}, image, at::max_pool2d(image, {3, 3}, {2, 2}, {1, 1}, {1, 1}, true)),
      one("adaptive_avg_pool2d", {{"output", {1, 1}}}, image, at::adaptive_avg_pool2d(image, {1, 1})),
      one("adaptive_max_pool2d", {{"output", {1, 1}}}, image, std::get<0>(at::adaptive_max_pool2d(image, {1, 1}))),
      one("div", {{"divisor", 3.0}}, image, image / 3),
      one("neg", nlohmann::json::object(), image, -image),
      one("add_scalar", {{"value", 1.5}}, image, image + 1.5),
      one("mul_scalar", {{"value", -0.75}}, image, image * -0.75),
      one("sum", {{"dims", {2, 3}}, {"keepdim", false}}, image, image.sum({2, 3})),
      one("mean", {{"dims", {2, 3}}, {"keepdim", true}}, image, image.mean({2, 3}, true)),
      one("argmax", {{"dim", 1}, {"keepdim", false}}, matrix, matrix.argmax(1)),
      one("flatten", {{"start", 1}, {"end", -1}}, image, image.flatten(1)),
      one("reshape", {{"shape", {-1, 54}}}, image, image.reshape({-1, 54})),
      one("transpose", {{"dims", {1, 2}}}, image, image.transpose(1, 2)),
      one("permute", {{"dims", {0, 2, 3, 1}}}, image, image.permute({0, 2, 3, 1})),
      one("unsqueeze", {{"dim", 1}}, image, image.unsqueeze(1)),
      one("squeeze", {{"dim", 0}}, image.slice(0, 0, 1), image.slice(0, 0, 1).squeeze(0)),
      one("slice", {{"dim", 2}, {"start", 1}, {"end", 6}, {"step", 2}}, image, image.slice(2, 1, 6, 2)),
      one("select", {{"dim", 1}, {"index", 2}}, image, image.select(1, 2)),
      one("pad", {{"pad", {1, 0, 0, 2}}, {"value", 0.5}}, image, at::constant_pad_nd(image, {1, 0, 0, 2}, 0.5)),
      one("identity", nlohmann::json::object(), image, image),
      {{"n", "add", "", {"a", "b"}, {{"alpha", 2.0}}}, {image, image.flip(0)}, image + 2 * image.flip(0)},
      {{"n", "sub", "", {"a", "b"}, {{"alpha", 1.0}}}, {image, image.flip(0)}, image - image.flip(0)},
      {{"n", "mul", "", {"a", "b"}, {}}, {image, image.flip(0)}, image * image.flip(0)},
      {{"n", "matmul", "", {"a", "b"}, {}}, {matrix, matrix.t()}, at::matmul(matrix, matrix.t())},
      {{"n", "cat", "", {"a", "b"}, {{"dim", 1}}}, {image, image}, at::cat({image, image}, 1)},
      {{"n", "prelu", "", {"x", "w"}, {}}, {image, at::full({3}, 0.25, at::kDouble)}, image.clamp_min(0) + 0.25 * image.clamp_max(0)},
      {{"n", "channel_affine", "", {"x", "s", "t"}, {}}, {image, at::arange(3, at::kDouble), at::ones({3}, at::kDouble)}, image * at::arange(3, at::kDouble).reshape({3, 1, 1}) + 1},
  };
}

}  // namespace

TEST_CASE("every operation of the format computes what torch does", "[nn][operations]") {
  for (const auto& test : cases()) {
    INFO(test.node.op);
    const auto results = run_parties(2, [&](std::shared_ptr<Party> party) {
      std::vector<CrypTensor> inputs;
      for (const auto& input : test.inputs) inputs.push_back(cryptensor(party, input, 0));
      return operations().at(test.node.op)(test.node, inputs).get_plain_text();
    });
    REQUIRE(results[1].sizes() == test.expected.sizes());
    // Inputs are exact. Sums, products and selections of them are too; public reals (0.75, 1/3, 1/k) are off by 2^-17 relative, a pending truncation by one unit,
    // and decoding to float32 by 2^-24 of values below 128.
    CHECK((results[1].to(at::kDouble) - test.expected.to(at::kDouble)).abs().max().item<double>() <= 2 * 0x1p-16 + 0x1p-16 + test.error);
  }
}
