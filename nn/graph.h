// Graph: an imported program: what a PyTorch model computes, node by node, with its parameter names kept. Public structure; the numbers belong to the model's owner.
// Built in Python from torch.export, saved to and loaded from one safetensors file whose metadata holds the structure as JSON (nn/graph_file.h).
//
//   {"format": "crypten-graph", "version": 1,
//    "inputs":  [{"name": "x", "shape": [1, 3, 64, 64]}],           dimension 0 is the batch: any size at run time
//    "outputs": ["n41"],
//    "nodes":   [{"name": "n3", "op": "conv2d", "path": "layer1.0.conv1", "inputs": ["n2", "layer1.0.conv1.weight", null],
//                 "attributes": {"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1], "groups": 1}}],
//    "tensors": {"layer1.0.conv1.weight": {"shape": [64, 64, 3, 3], "kind": "parameter"}}}     kind: parameter, buffer (both private) or constant (public: folded at import)
//
// Operations and attributes (inputs in order; null: absent):
//   conv2d(x, weight, bias) stride padding dilation groups · linear(x, weight, bias) · batch_norm(x, weight, bias, running_mean, running_var) eps
//   channel_affine(x, scale, shift), made by folding: x·scale + shift per channel (dimension 1)
//   relu(x) · hardtanh(x) min max (relu6 is hardtanh 0 6) · max_pool2d(x) kernel stride padding dilation ceil_mode
//   avg_pool2d(x) kernel stride padding ceil_mode count_include_pad · adaptive_avg_pool2d(x) output · adaptive_max_pool2d(x) output
//   add(a, b) alpha · sub(a, b) alpha · mul(a, b) · div(a) divisor · neg(a) · add_scalar(a) value · mul_scalar(a) value · matmul(a, b)
//   sum(x) dims keepdim · mean(x) dims keepdim · argmax(x) dim keepdim
//   flatten(x) start end · reshape(x) shape (−1: inferred; the traced batch size is written as −1) · transpose(x) dims [a, b] · permute(x) dims
//   squeeze(x) dim · unsqueeze(x) dim · cat(x…) dim · slice(x) dim start end step · select(x) dim index · pad(x) pad value · identity(x)
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "crypten_core/prg.h"

#include <ATen/core/Tensor.h>

namespace crypten::nn {

struct Node {
  std::string name, op, path;
  std::vector<std::string> inputs;  // node, input or tensor names; "": absent
  nlohmann::json attributes = nlohmann::json::object();
};

struct TensorInfo {
  std::vector<int64_t> shape;
  std::string kind;     // "parameter", "buffer", "constant"
  at::Tensor value;     // undefined where this party does not own the numbers
};

struct GraphInput {
  std::string name;
  std::vector<int64_t> shape;
};

struct Graph {
  std::vector<GraphInput> inputs;
  std::vector<std::string> outputs;
  std::vector<Node> nodes;
  std::map<std::string, TensorInfo> tensors;

  bool has_values() const;            // all tensors are here
  Graph structure_only() const;       // without private numbers: what may be shown to others
  std::string structure() const;      // the canonical JSON above, without numbers
  Digest structure_hash() const;      // compared between the parties before weights are shared
};

// JSON that is not deeper than graphs are, since what is done with it later is recursive. Throws InvalidArgument (501): deeper; nlohmann::json::exception: no JSON.
nlohmann::json parse_json(const std::string& text);

// Throws InvalidArgument (5xx) naming the node: unknown operation or attribute, dangling or repeated name, wrong number of inputs.
Graph parse_structure(const std::string& json);
void check(const Graph& graph);

}  // namespace crypten::nn
