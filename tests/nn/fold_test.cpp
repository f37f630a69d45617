#include "nn/fold.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/nn/example_graph.h"

using namespace crypten;
using namespace crypten::nn;

TEST_CASE("a batch norm behind a convolution disappears into it", "[nn][fold]") {
  const auto graph = example_graph();
  const auto folded = fold(graph);
  for (const auto& node : folded.nodes) {
    CHECK(node.op != "batch_norm");
    CHECK(node.op != "identity");
  }
  CHECK(folded.nodes.size() == graph.nodes.size() - 2);
  const auto input = at::linspace(-1, 1, 36, at::kDouble).reshape({1, 1, 6, 6});
  const auto expected = at::batch_norm(at::conv2d(input, graph.tensors.at("conv.weight").value.to(at::kDouble), graph.tensors.at("conv.bias").value.to(at::kDouble), 1, 1),
                                       graph.tensors.at("norm.weight").value.to(at::kDouble), graph.tensors.at("norm.bias").value.to(at::kDouble),
                                       graph.tensors.at("norm.mean").value.to(at::kDouble), graph.tensors.at("norm.var").value.to(at::kDouble), false, 0, 1e-5, false);
  const auto& conv = folded.nodes[0];
  const auto found = at::conv2d(input, folded.tensors.at(conv.inputs[1]).value, folded.tensors.at(conv.inputs[2]).value, 1, 1);
  // Both sides are float64 sums of ten products of magnitude below 10: 2^-45 covers their rounding.
  CHECK((found - expected).abs().max().item<double>() < 0x1p-45);
}

TEST_CASE("everybody folds the structure alike, with or without numbers", "[nn][fold]") {
  CHECK(fold(example_graph()).structure() == fold(example_graph().structure_only()).structure());
}

TEST_CASE("a batch norm whose input is read twice becomes an affine map of its own", "[nn][fold]") {
  auto graph = example_graph();
  graph.nodes[5].inputs = {"left", "conv"};  // conv is now read by norm and by sum
  graph.nodes.erase(graph.nodes.begin() + 4);
  graph.tensors.erase("right.weight");
  const auto folded = fold(graph);
  const auto affine = std::find_if(folded.nodes.begin(), folded.nodes.end(), [](const Node& node) { return node.op == "channel_affine"; });
  REQUIRE(affine != folded.nodes.end());
  const auto scale = folded.tensors.at(affine->inputs[1]).value, shift = folded.tensors.at(affine->inputs[2]).value;
  const auto x = at::linspace(-2, 2, 16, at::kDouble).reshape({1, 4, 2, 2});
  const auto expected = at::batch_norm(x, graph.tensors.at("norm.weight").value.to(at::kDouble), graph.tensors.at("norm.bias").value.to(at::kDouble),
                                       graph.tensors.at("norm.mean").value.to(at::kDouble), graph.tensors.at("norm.var").value.to(at::kDouble), false, 0, 1e-5, false);
  CHECK((x * scale.reshape({1, 4, 1, 1}) + shift.reshape({1, 4, 1, 1}) - expected).abs().max().item<double>() < 0x1p-45);
}

TEST_CASE("half a set of numbers is refused", "[nn][fold]") {
  auto graph = example_graph();
  graph.tensors["head.bias"].value = at::Tensor();
  CHECK_THROWS_AS(fold(graph), InvalidArgument);
}
