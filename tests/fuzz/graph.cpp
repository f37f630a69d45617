// Model files: a graph or tensors, or a named error. What loads is saved and loads again as the same graph.
#include <sys/stat.h>

#include "nn/graph_file.h"
#include "tests/fuzz/temporary_file.h"

namespace crypten::fuzz {
namespace {

// A header and data as a file has them; `data`: how many bytes of it.
Input file(const std::string& header, size_t data) {
  Input bytes(sizeof(uint64_t));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(header.size() >> (8 * i) & 255);
  const auto text = bytes_of_text(header);
  bytes.insert(bytes.end(), text.begin(), text.end());
  for (size_t i = 0; i < data; ++i) bytes.push_back(static_cast<std::byte>(i % 7));
  return bytes;
}

nn::Graph example() {
  nn::Graph graph;
  graph.inputs = {{"x", {1, 2}}};
  graph.outputs = {"y"};
  graph.nodes = {{"h", "linear", "layer", {"x", "w", ""}, nlohmann::json::object()}, {"y", "hardtanh", "", {"h"}, {{"min", 0}, {"max", 6.5}}}};
  graph.tensors["w"] = {{3, 2}, "parameter", {}};
  return graph;
}

std::string header_of(const nn::Graph& graph, const nlohmann::json& tensors) {
  nlohmann::json header = tensors;
  header["__metadata__"] = {{"crypten_graph", graph.structure()}};
  return header.dump();
}

// Of the name of a file in memory save_graph() can make no other file beside it: it is told a place of its own.
const std::string& scratch() {
  static const std::string path = [] {
    std::string folder = "/dev/shm/fuzz-graph-XXXXXX";
    require(::mkdtemp(folder.data()) != nullptr, "a folder for the file that is saved");
    return folder + "/graph";
  }();
  return path;
}

void examine_again(const nn::Graph& graph) {
  nn::save_graph(graph, scratch());
  nn::Graph again;
  const bool loads = named([&] { again = nn::load_graph(scratch()); });
  ::unlink(scratch().c_str());
  require(loads && again.structure() == graph.structure(), "what loads is saved and loads again");
  for (const auto& [name, tensor] : graph.tensors) require(again.tensors.at(name).value.defined() == tensor.value.defined(), "with its numbers");
}

}  // namespace

Memory memory() { return {.growth = 96, .allowance = size_t{256} << 10}; }  // a value of JSON in two bytes is a node in memory

void examine(Bytes input) {
  const TemporaryFile file(input);
  nn::Graph graph;
  if (named([&] { graph = nn::load_graph(file.path()); })) examine_again(graph);
  named([&] {
    size_t bytes = 0;
    for (const auto& [name, tensor] : nn::load_tensors(file.path())) bytes += tensor.nbytes();
    require(bytes <= input.size(), "no more numbers than the file has");
  });
}

std::vector<Input> seeds() {
  const nlohmann::json weight{{"dtype", "F32"}, {"shape", {3, 2}}, {"data_offsets", {0, 24}}};
  std::vector<Input> all{file(header_of(example(), {{"w", weight}}), 24), file(header_of(example(), nlohmann::json::object()), 0)};
  nlohmann::json tensors;
  uint64_t offset = 0;
  for (const auto& [type, bytes] : std::map<std::string, uint64_t>{{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"U8", 1}, {"BOOL", 1}}) {
    tensors["of " + type] = {{"dtype", type}, {"shape", {2, 1}}, {"data_offsets", {offset, offset + 2 * bytes}}};
    offset += 2 * bytes;
  }
  all.push_back(file(tensors.dump(), offset));
  // Refused: tensors over the same bytes, structures without end, names that a terminal would obey.
  nlohmann::json same;
  for (int i = 0; i < 40; ++i) same["t" + std::to_string(i)] = weight;
  all.push_back(file(same.dump(), 24));
  all.push_back(file(R"({"t": )" + std::string(200, '[') + std::string(200, ']') + "}", 0));
  all.push_back(file(R"({"\u001b[2J": {"dtype": "F33", "shape": [], "data_offsets": [0, 0]}})", 0));
  all.push_back(file(R"({"t": {"dtype": "F32", "shape": [0, 4611686018427387904, 4611686018427387904], "data_offsets": [0, 0]}})", 0));
  return all;
}

}  // namespace crypten::fuzz
