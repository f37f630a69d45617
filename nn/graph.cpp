#include "nn/graph.h"

#include <set>

#include "crypten_core/error.h"
#include "crypten_core/json.h"

namespace crypten::nn {
namespace {

// What an operation of the format takes: inputs (the last `optional` of them may be absent; −1: any number) and attributes, all required.
struct Signature {
  int inputs, optional;
  std::vector<std::string> attributes;
};

const std::map<std::string, Signature>& signatures() {
  static const std::map<std::string, Signature> table{
      {"conv2d", {3, 1, {"stride", "padding", "dilation", "groups"}}},
      {"linear", {3, 1, {}}},
      {"batch_norm", {5, 2, {"eps"}}},
      {"channel_affine", {3, 0, {}}},
      {"relu", {1, 0, {}}},
      {"hardtanh", {1, 0, {"min", "max"}}},
      {"sigmoid", {1, 0, {}}},
      {"tanh", {1, 0, {}}},
      {"erf", {1, 0, {}}},
      {"gelu", {1, 0, {"form"}}},
      {"silu", {1, 0, {}}},
      {"softplus", {1, 0, {"beta"}}},
      {"logsigmoid", {1, 0, {}}},
      {"mish", {1, 0, {}}},
      {"elu", {1, 0, {"alpha"}}},
      {"selu", {1, 0, {}}},
      {"prelu", {2, 0, {}}},
      {"sin", {1, 0, {}}},
      {"cos", {1, 0, {}}},
      {"pow", {1, 0, {"exponent"}}},
      {"exp", {1, 0, {}}},
      {"expm1", {1, 0, {}}},
      {"log", {1, 0, {}}},
      {"log1p", {1, 0, {}}},
      {"sqrt", {1, 0, {}}},
      {"rsqrt", {1, 0, {}}},
      {"reciprocal", {1, 0, {}}},
      {"tan", {1, 0, {}}},
      {"real_pow", {1, 0, {"exponent"}}},
      {"quotient", {2, 0, {}}},
      {"softmax", {1, 0, {"dim"}}},
      {"log_softmax", {1, 0, {"dim"}}},
      {"layer_norm", {3, 2, {"dims", "eps"}}},
      {"group_norm", {3, 2, {"groups", "eps"}}},
      {"max_pool2d", {1, 0, {"kernel", "stride", "padding", "dilation", "ceil_mode"}}},
      {"avg_pool2d", {1, 0, {"kernel", "stride", "padding", "ceil_mode", "count_include_pad"}}},
      {"adaptive_avg_pool2d", {1, 0, {"output"}}},
      {"adaptive_max_pool2d", {1, 0, {"output"}}},
      {"add", {2, 0, {"alpha"}}},
      {"sub", {2, 0, {"alpha"}}},
      {"mul", {2, 0, {}}},
      {"matmul", {2, 0, {}}},
      {"div", {1, 0, {"divisor"}}},
      {"neg", {1, 0, {}}},
      {"add_scalar", {1, 0, {"value"}}},
      {"mul_scalar", {1, 0, {"value"}}},
      {"sum", {1, 0, {"dims", "keepdim"}}},
      {"mean", {1, 0, {"dims", "keepdim"}}},
      {"argmax", {1, 0, {"dim", "keepdim"}}},
      {"flatten", {1, 0, {"start", "end"}}},
      {"reshape", {1, 0, {"shape"}}},
      {"transpose", {1, 0, {"dims"}}},
      {"permute", {1, 0, {"dims"}}},
      {"squeeze", {1, 0, {"dim"}}},
      {"unsqueeze", {1, 0, {"dim"}}},
      {"cat", {-1, 0, {"dim"}}},
      {"slice", {1, 0, {"dim", "start", "end", "step"}}},
      {"select", {1, 0, {"dim", "index"}}},
      {"pad", {1, 0, {"pad", "value"}}},
      {"identity", {1, 0, {}}},
  };
  return table;
}

[[noreturn]] void invalid(const std::string& what, const std::string& where, const std::string& why) {
  throw InvalidArgument(501, what, where, why, "export the model again with crypten.nn.from_pytorch(model, example).save(path)");
}

void check_node(const Node& node, const std::set<std::string>& known) {
  const auto where = "node " + node.name + " (" + (node.path.empty() ? "top level" : node.path) + ")";
  const auto signature = signatures().find(node.op);
  if (signature == signatures().end()) invalid("unknown operation \"" + node.op + "\"", where, "this version of the format has no such operation");
  const auto& [inputs, optional, attributes] = signature->second;
  if (inputs >= 0 && static_cast<int>(node.inputs.size()) != inputs)
    invalid("wrong number of inputs of " + node.op, where, "expected " + std::to_string(inputs) + ", found " + std::to_string(node.inputs.size()));
  if (inputs < 0 && node.inputs.empty()) invalid(node.op + " without inputs", where, "expected at least one");
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool may_be_absent = node.op == "batch_norm" ? (i == 1 || i == 2) : inputs >= 0 && static_cast<int>(i) >= inputs - optional;
    if (node.inputs[i].empty() ? !may_be_absent : !known.contains(node.inputs[i]))
      invalid("input \"" + node.inputs[i] + "\" of " + node.op + " is not defined before it", where, "inputs name earlier nodes, graph inputs or tensors");
  }
  for (const auto& attribute : attributes)
    if (!node.attributes.contains(attribute)) invalid(node.op + " without attribute \"" + attribute + "\"", where, "the format requires it");
  for (const auto& [name, value] : node.attributes.items())
    if (std::find(attributes.begin(), attributes.end(), name) == attributes.end())
      invalid(node.op + " with unknown attribute \"" + name + "\"", where, "ignoring it could change the result");
}

std::vector<int64_t> shape_of(const nlohmann::json& json, const std::string& where) {
  auto shape = whole_numbers<int64_t>(json);
  if (shape.size() > 8) invalid("a tensor of more than 8 dimensions", where, "found " + std::to_string(shape.size()));
  for (const auto size : shape)
    if (size < 0 || size > (int64_t{1} << 31)) invalid("a dimension out of range", where, "found " + std::to_string(size));
  return shape;
}

}  // namespace

bool Graph::has_values() const {
  return std::all_of(tensors.begin(), tensors.end(), [](const auto& entry) { return entry.second.value.defined(); });
}

Graph Graph::structure_only() const {
  Graph graph = *this;
  for (auto& [name, tensor] : graph.tensors) tensor.value = at::Tensor();
  return graph;
}

std::string Graph::structure() const {
  nlohmann::json json{{"format", "crypten-graph"}, {"version", 1}, {"outputs", outputs}};
  json["inputs"] = nlohmann::json::array();
  for (const auto& input : inputs) json["inputs"].push_back({{"name", input.name}, {"shape", input.shape}});
  json["nodes"] = nlohmann::json::array();
  for (const auto& node : nodes) {
    auto names = nlohmann::json::array();
    for (const auto& name : node.inputs) names.push_back(name.empty() ? nlohmann::json() : nlohmann::json(name));
    json["nodes"].push_back({{"name", node.name}, {"op", node.op}, {"path", node.path}, {"inputs", names}, {"attributes", node.attributes}});
  }
  json["tensors"] = nlohmann::json::object();
  for (const auto& [name, tensor] : tensors) json["tensors"][name] = {{"shape", tensor.shape}, {"kind", tensor.kind}};
  return json.dump();  // object keys are sorted: canonical
}

Digest Graph::structure_hash() const {
  const auto text = structure();
  return sha256(std::as_bytes(std::span(text)));
}

nlohmann::json parse_json(const std::string& text) {
  constexpr int kDeepest = 32;
  return nlohmann::json::parse(text, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kDeepest) invalid("JSON that is nested too deeply", "JSON", "more than " + std::to_string(kDeepest) + " lists and objects within one another");
    return true;
  });
}

Graph parse_structure(const std::string& text) try {
  const auto json = parse_json(text);
  if (json.at("format") != "crypten-graph" || json.at("version") != 1)
    invalid("not a graph of this version", "format", "expected crypten-graph version 1, found " + json.at("format").dump() + " version " + json.at("version").dump());
  Graph graph;
  for (const auto& input : json.at("inputs")) graph.inputs.push_back({input.at("name"), shape_of(input.at("shape"), "input " + input.at("name").dump())});
  graph.outputs = json.at("outputs").get<std::vector<std::string>>();
  for (const auto& node : json.at("nodes")) {
    Node parsed{node.at("name"), node.at("op"), node.value("path", ""), {}, node.value("attributes", nlohmann::json::object())};
    for (const auto& name : node.at("inputs")) parsed.inputs.push_back(name.is_null() ? "" : name.get<std::string>());
    graph.nodes.push_back(std::move(parsed));
  }
  for (const auto& [name, tensor] : json.at("tensors").items())
    graph.tensors[name] = {shape_of(tensor.at("shape"), "tensor " + name), tensor.at("kind"), {}};
  check(graph);
  return graph;
} catch (const nlohmann::json::exception& error) {
  invalid("the graph's structure cannot be read", "JSON", error.what());
}

void check(const Graph& graph) {
  std::set<std::string> known;
  const auto define = [&](const std::string& name, const std::string& where) {
    if (name.empty() || !known.insert(name).second) invalid("the name \"" + name + "\" is empty or used twice", where, "names of inputs, tensors and nodes are unique");
  };
  for (const auto& input : graph.inputs) define(input.name, "inputs");
  for (const auto& [name, tensor] : graph.tensors) {
    define(name, "tensors");
    if (tensor.kind != "parameter" && tensor.kind != "buffer" && tensor.kind != "constant")
      invalid("tensor " + name + " has unknown kind \"" + tensor.kind + "\"", "tensors", "expected parameter, buffer or constant");
    if (tensor.value.defined() && tensor.value.sizes() != at::IntArrayRef(tensor.shape))
      invalid("tensor " + name + " does not have its declared shape", "tensors", "the file and its structure disagree");
  }
  for (const auto& node : graph.nodes) {
    check_node(node, known);
    define(node.name, "nodes");
  }
  for (const auto& output : graph.outputs)
    if (!known.contains(output)) invalid("output \"" + output + "\" is not defined", "outputs", "outputs name nodes");
  if (graph.inputs.empty() || graph.outputs.empty()) invalid("a graph without inputs or outputs", "graph", "nothing to compute");
}

}  // namespace crypten::nn
