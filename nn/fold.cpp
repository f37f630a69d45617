#include "nn/fold.h"

#include <set>

#include "crypten_core/error.h"

namespace crypten::nn {
namespace {

class Folder {
 public:
  explicit Folder(const Graph& graph) : graph_(graph), with_values_(graph.has_values()) {
    for (const auto& node : graph.nodes)
      for (const auto& input : node.inputs) ++uses_[input];
    for (const auto& output : graph.outputs) ++uses_[output];
  }

  Graph run() {
    for (const auto& original : graph_.nodes) {
      Node node = original;
      for (auto& input : node.inputs)
        if (const auto renamed = renamed_.find(input); renamed != renamed_.end()) input = renamed->second;
      if (node.op == "identity") renamed_[node.name] = node.inputs[0];
      else if (node.op == "batch_norm") fold_batch_norm(node);
      else add(std::move(node));
    }
    for (auto& output : graph_.outputs)
      if (const auto renamed = renamed_.find(output); renamed != renamed_.end()) output = renamed->second;
    drop_unused_tensors();
    graph_.nodes = std::move(nodes_);
    check(graph_);
    return graph_;
  }

 private:
  void add(Node node) {
    position_[node.name] = nodes_.size();
    nodes_.push_back(std::move(node));
  }

  at::Tensor number(const std::string& name) const { return graph_.tensors.at(name).value.to(at::kDouble); }

  void define(const std::string& name, std::vector<int64_t> shape, at::Tensor value) { graph_.tensors[name] = {std::move(shape), "parameter", std::move(value)}; }

  void fold_batch_norm(const Node& norm) {
    const auto channels = graph_.tensors.at(norm.inputs[3]).shape;
    at::Tensor scale, shift;
    if (with_values_) {
      scale = at::rsqrt(number(norm.inputs[4]) + norm.attributes["eps"].get<double>());
      if (!norm.inputs[1].empty()) scale = scale * number(norm.inputs[1]);
      shift = -number(norm.inputs[3]) * scale;
      if (!norm.inputs[2].empty()) shift = shift + number(norm.inputs[2]);
    }
    const auto layer = position_.find(norm.inputs[0]);
    const bool foldable = layer != position_.end() && uses_[norm.inputs[0]] == 1 && (nodes_[layer->second].op == "conv2d" || nodes_[layer->second].op == "linear") &&
                          uses_[nodes_[layer->second].inputs[1]] == 1;
    if (!foldable) {
      define(norm.name + ".scale", channels, scale);
      define(norm.name + ".shift", channels, shift);
      return add({norm.name, "channel_affine", norm.path, {norm.inputs[0], norm.name + ".scale", norm.name + ".shift"}, nlohmann::json::object()});
    }
    Node& node = nodes_[layer->second];
    auto& weight = graph_.tensors.at(node.inputs[1]);
    if (with_values_) {
      std::vector<int64_t> per_output(weight.shape.size(), 1);
      per_output[0] = -1;
      weight.value = number(node.inputs[1]) * scale.reshape(per_output);
      if (!node.inputs[2].empty()) shift = shift + number(node.inputs[2]) * scale;
    }
    const auto bias = node.name + ".folded_bias";
    define(bias, channels, shift);
    node.inputs[2] = bias;
    renamed_[norm.name] = node.name;
    uses_[node.name] = uses_[norm.name];
  }

  void drop_unused_tensors() {
    std::set<std::string> used;
    for (const auto& node : nodes_) used.insert(node.inputs.begin(), node.inputs.end());
    std::erase_if(graph_.tensors, [&](const auto& entry) { return !used.contains(entry.first); });
  }

  Graph graph_;
  bool with_values_;
  std::vector<Node> nodes_;
  std::map<std::string, size_t> position_;      // of nodes in nodes_
  std::map<std::string, int> uses_;
  std::map<std::string, std::string> renamed_;  // nodes that disappeared → who stands for them
};

}  // namespace

Graph fold(const Graph& graph) {
  const bool none = std::none_of(graph.tensors.begin(), graph.tensors.end(), [](const auto& entry) { return entry.second.value.defined(); });
  if (!none && !graph.has_values())
    throw InvalidArgument(504, "the model has some of its numbers only", "fold", "folding needs all tensors or none", "load the owner's complete file, or a structure-only file");
  return Folder(graph).run();
}

}  // namespace crypten::nn
