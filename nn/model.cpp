#include "nn/model.h"

#include <algorithm>

#include "crypten_core/error.h"
#include "nn/execution.h"
#include "nn/fold.h"

namespace crypten::nn {
namespace {

// All parties must mean the same graph: compared before a share of a weight exists.
void compare_structure(Party& party, const Graph& graph) {
  const auto own = graph.structure_hash();
  const auto n = static_cast<size_t>(party.world_size());
  std::vector<Digest> hashes(n);
  std::vector<Communicator::Scatter> receive(n);
  for (size_t p = 0; p < n; ++p) receive[p] = {std::as_writable_bytes(std::span(hashes[p]))};
  party.communicator().exchange_with_all({std::as_bytes(std::span(own))}, receive);
  for (size_t p = 0; p < n; ++p)
    if (static_cast<int>(p) != party.rank() && hashes[p] != own)
      throw ProgramMismatch(506, "the parties hold different models", "rank " + std::to_string(party.rank()) + ", encrypting a graph of " + std::to_string(graph.nodes.size()) + " nodes",
                            "the structure of rank " + std::to_string(p) + " has another SHA-256", "build the same architecture on all parties, with the same example shape");
}

}  // namespace

EncryptedModel EncryptedModel::encrypt(std::shared_ptr<Party> party, const Graph& graph, int src) {
  if (src < 0 || src >= party->world_size())
    throw InvalidArgument(507, "rank " + std::to_string(src) + " cannot own the model", "EncryptedModel::encrypt", "ranks are 0 … " + std::to_string(party->world_size() - 1), "pass the owner's rank");
  if (party->rank() == src && !graph.has_values())
    throw InvalidArgument(508, "the owner of the model has no numbers", "rank " + std::to_string(src), "the graph is a structure without weights", "load the complete model file on this rank");
  const auto scope = party->scope("encrypt_model");
  compare_structure(*party, graph);
  const auto folded = fold(party->rank() == src ? graph : graph.structure_only());
  EncryptedModel model;
  model.party_ = party;
  for (const auto& [name, tensor] : folded.tensors) {
    const auto value = MPCTensor::encrypt(party, tensor.value, tensor.shape, src);
    model.tensors_[name] = CrypTensor(MPCTensor(party, as_static(value.share()), value.fraction_bits()));
  }
  model.graph_ = std::make_shared<Graph>(folded.structure_only());
  return model;
}

EncryptedModel EncryptedModel::to(at::Device device) const {
  EncryptedModel model = *this;
  model.rehearsal_ = std::make_shared<Rehearsal>();
  for (auto& [name, tensor] : model.tensors_) tensor = tensor.to(device);
  return model;
}

std::vector<CrypTensor> EncryptedModel::operator()(std::span<const CrypTensor> inputs) const {
  if (inputs.size() != graph_->inputs.size())
    throw InvalidArgument(505, "wrong number of inputs", "running an encrypted model", "expected " + std::to_string(graph_->inputs.size()) + ", found " + std::to_string(inputs.size()),
                          "pass the inputs of the example that the model was imported with");
  auto values = tensors_;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& expected = graph_->inputs[i].shape;
    const auto found = inputs[i].sizes();
    if (found.size() != expected.size() || (!expected.empty() && found.slice(1) != at::IntArrayRef(expected).slice(1)))
      throw InvalidArgument(505, "input " + graph_->inputs[i].name + " does not fit the model", "running an encrypted model",
                            "expected shape " + c10::str(at::IntArrayRef(expected)) + " (any batch size), found " + c10::str(found), "pass inputs like the example");
    values[graph_->inputs[i].name] = inputs[i];
  }
  Execution execution(*party_, *graph_, std::move(values));
  // The opening that an input carries has a mask of its own in each run: what was asked about the last one's says nothing.
  const auto carries_opening = [](const CrypTensor& input) { return input.value().share().masked() != nullptr; };
  if (std::any_of(inputs.begin(), inputs.end(), carries_opening)) return execution.run();
  std::vector<std::vector<int64_t>> form;
  for (const auto& input : inputs) form.insert(form.end(), {input.sizes().vec(), {input.value().fraction_bits()}});
  return rehearsal_->run(*party_, std::move(form), [&] { return execution.run(); });
}

CrypTensor EncryptedModel::operator()(const CrypTensor& input) const {
  auto outputs = (*this)(std::span(&input, 1));
  if (outputs.size() != 1)
    throw InvalidArgument(505, "the model has " + std::to_string(outputs.size()) + " outputs", "running an encrypted model", "this call returns one", "pass a span of inputs instead");
  return outputs[0];
}

}  // namespace crypten::nn
