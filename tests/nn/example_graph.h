// A small graph with everything a fold and an execution meet: convolution, batch norm, ReLU, a residual branch, pooling, a linear layer.
#pragma once

#include "nn/graph.h"
#include "tests/support/aten.h"

namespace crypten::nn {

inline Graph example_graph() {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  const auto normal = [&](at::IntArrayRef sizes) { return at::normal(0, 0.5, sizes, generator); };
  const nlohmann::json conv{{"stride", {1, 1}}, {"padding", {1, 1}}, {"dilation", {1, 1}}, {"groups", 1}};
  Graph graph;
  graph.inputs = {{"x", {1, 1, 6, 6}}};
  graph.outputs = {"logits"};
  graph.nodes = {
      {"conv", "conv2d", "stem.conv", {"x", "conv.weight", "conv.bias"}, conv},
      {"norm", "batch_norm", "stem.norm", {"conv", "norm.weight", "norm.bias", "norm.mean", "norm.var"}, {{"eps", 1e-5}}},
      {"relu", "relu", "stem.relu", {"norm"}, nlohmann::json::object()},
      {"left", "conv2d", "block.left", {"relu", "left.weight", ""}, conv},
      {"right", "conv2d", "block.right", {"relu", "right.weight", ""}, conv},
      {"sum", "add", "block", {"left", "right"}, {{"alpha", 1}}},
      {"relu2", "relu", "block.relu", {"sum"}, nlohmann::json::object()},
      {"pool", "max_pool2d", "pool", {"relu2"}, {{"kernel", {2, 2}}, {"stride", {2, 2}}, {"padding", {0, 0}}, {"dilation", {1, 1}}, {"ceil_mode", false}}},
      {"same", "identity", "dropout", {"pool"}, nlohmann::json::object()},
      {"flat", "flatten", "", {"same"}, {{"start", 1}, {"end", -1}}},
      {"logits", "linear", "head", {"flat", "head.weight", "head.bias"}, nlohmann::json::object()},
  };
  const auto add = [&](const std::string& name, std::vector<int64_t> shape, const std::string& kind) { graph.tensors[name] = {shape, kind, normal(shape)}; };
  add("conv.weight", {4, 1, 3, 3}, "parameter");
  add("conv.bias", {4}, "parameter");
  add("norm.weight", {4}, "parameter");
  add("norm.bias", {4}, "parameter");
  add("norm.mean", {4}, "buffer");
  add("norm.var", {4}, "buffer");
  graph.tensors["norm.var"].value = graph.tensors["norm.var"].value.abs() + 0.5;
  add("left.weight", {4, 4, 3, 3}, "parameter");
  add("right.weight", {4, 4, 3, 3}, "parameter");
  add("head.weight", {3, 36}, "parameter");
  add("head.bias", {3}, "parameter");
  return graph;
}

// The example in plain torch, float64.
inline at::Tensor example_output(const Graph& graph, const at::Tensor& input) {
  const auto number = [&](const std::string& name) { return graph.tensors.at(name).value.to(at::kDouble); };
  auto x = at::conv2d(input.to(at::kDouble), number("conv.weight"), number("conv.bias"), 1, 1);
  x = at::batch_norm(x, number("norm.weight"), number("norm.bias"), number("norm.mean"), number("norm.var"), false, 0, 1e-5, false).relu();
  x = (at::conv2d(x, number("left.weight"), {}, 1, 1) + at::conv2d(x, number("right.weight"), {}, 1, 1)).relu();
  x = at::max_pool2d(x, {2, 2}).flatten(1);
  return at::linear(x, number("head.weight"), number("head.bias"));
}

}  // namespace crypten::nn
