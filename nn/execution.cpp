#include "nn/execution.h"

#include "nn/operations.h"

namespace crypten::nn {

Execution::Execution(Party& party, const Graph& graph, std::map<std::string, CrypTensor> values)
    : party_(party), graph_(graph), values_(std::move(values)), missing_(graph.nodes.size(), 0) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const auto& input : graph.nodes[i].inputs) {
      if (input.empty()) continue;
      ++uses_left_[input];
      if (values_.contains(input)) continue;
      readers_[input].push_back(i);  // twice if it is read twice: then it is also missing twice
      ++missing_[i];
    }
  }
  for (const auto& output : graph.outputs) ++uses_left_[output];
}

std::vector<CrypTensor> Execution::run() {
  std::vector<std::function<void()>> lanes;
  for (size_t i = 0; i < graph_.nodes.size(); ++i)
    if (missing_[i] == 0) lanes.push_back([this, i] { run_from(i); });
  if (lanes.size() == 1) lanes[0]();
  else party_.together(std::move(lanes));
  std::vector<CrypTensor> outputs;
  for (const auto& output : graph_.outputs) outputs.push_back(values_.at(output));
  return outputs;
}

void Execution::run_from(size_t next) {
  for (;;) {
    const auto& node = graph_.nodes[next];
    std::vector<CrypTensor> inputs;
    for (const auto& name : node.inputs) inputs.push_back(name.empty() ? CrypTensor() : values_.at(name));
    CrypTensor value;
    {
      const auto scope = party_.scope(node.path.empty() ? node.name : node.path);
      value = operations().at(node.op)(node, inputs);
    }
    inputs.clear();
    auto ready = complete(next, std::move(value));
    if (ready.empty()) return;
    if (ready.size() > 1) {
      std::vector<std::function<void()>> lanes;
      for (const auto node_index : ready) lanes.push_back([this, node_index] { run_from(node_index); });
      return party_.together(std::move(lanes));
    }
    next = ready[0];
  }
}

std::vector<size_t> Execution::complete(size_t index, CrypTensor value) {
  const auto& node = graph_.nodes[index];
  values_[node.name] = std::move(value);
  for (const auto& input : node.inputs)
    if (!input.empty() && --uses_left_[input] == 0) values_.erase(input);
  std::vector<size_t> ready;
  for (const auto reader : readers_[node.name])
    if (--missing_[reader] == 0) ready.push_back(reader);
  return ready;
}

}  // namespace crypten::nn
