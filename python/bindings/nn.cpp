#include "nn/fold.h"
#include "nn/graph.h"
#include "nn/graph_file.h"
#include "nn/model.h"
#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {
namespace {

nn::Graph graph_from(const std::string& structure, const std::map<std::string, at::Tensor>& values) {
  auto graph = nn::parse_structure(structure);
  for (auto& [name, tensor] : graph.tensors)
    if (const auto value = values.find(name); value != values.end()) tensor.value = value->second;
  nn::check(graph);
  return graph;
}

std::map<std::string, at::Tensor> values_of(const nn::Graph& graph) {
  std::map<std::string, at::Tensor> values;
  for (const auto& [name, tensor] : graph.tensors)
    if (tensor.value.defined()) values[name] = tensor.value;
  return values;
}

}  // namespace

void bind_nn(py::module_& module) {
  using nn::EncryptedModel;
  using nn::Graph;
  py::class_<Graph>(module, "Graph", "An imported program and its numbers (nn/graph.h).")
      .def(py::init(&graph_from), py::arg("structure"), py::arg("values"), "From the structure's JSON; values by name, none for a structure whose numbers belong to somebody else.")
      .def("structure", &Graph::structure, "Canonical JSON, without numbers.")
      .def("structure_hash", [](const Graph& graph) { const auto hash = graph.structure_hash(); return py::bytes(reinterpret_cast<const char*>(hash.data()), hash.size()); })
      .def("values", &values_of, "The numbers by name.")
      .def("save", [](const Graph& graph, const std::string& path, bool structure_only) { nn::save_graph(graph, path, structure_only); }, py::arg("path"), py::arg("structure_only") = false);
  module.def("load_graph", &nn::load_graph, py::arg("path"), "Reads a graph from a safetensors file.");
  module.def("fold", &nn::fold, py::arg("graph"), "Batch norms into the layers before them; identities disappear.");
  py::class_<EncryptedModel, std::shared_ptr<EncryptedModel>>(module, "EncryptedModel", "A graph whose numbers are shared between the parties.")
      .def_static("encrypt", [](std::shared_ptr<Party> party, const Graph& graph, int src) { return std::make_shared<EncryptedModel>(EncryptedModel::encrypt(std::move(party), graph, src)); },
                  py::arg("party"), py::arg("graph"), py::arg("src"), ReleaseGil(), "Shares rank src's numbers. 1 round, 32 B: the structure's hash is compared first.")
      .def("__call__", [](const EncryptedModel& model, const std::vector<CrypTensor>& inputs) { return model(inputs); }, py::arg("inputs"), ReleaseGil(), "Runs the graph.")
      .def("to", [](const EncryptedModel& model, const std::string& device) { return std::make_shared<EncryptedModel>(model.to(at::Device(device))); }, py::arg("device"), ReleaseGil(), "The same model on another device.")
      .def("structure", [](const EncryptedModel& model) { return model.graph().structure(); }, "The folded structure that is run.")
      .def("tensors", &EncryptedModel::tensors, "The shared numbers by name.");
}

}  // namespace crypten::python
