// EncryptedModel: an imported graph whose numbers are shared between the parties, ready to run on CrypTensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "autograd/cryptensor.h"
#include "mpc/rehearsal.h"
#include "nn/graph.h"

namespace crypten::nn {

class EncryptedModel {
 public:
  // Shares the numbers of rank `src`; the other ranks hold the structure only (numbers they may have are not read). Batch norms are folded first (nn/fold.h).
  // The structure's hash is compared between all parties before anything is shared: ProgramMismatch on every rank if one has another graph.
  // Cost: 1 round and 32 B for the comparison; sharing is local. A weight is opened, masked, when it is first used, and never again in the session.
  static EncryptedModel encrypt(std::shared_ptr<Party> party, const Graph& graph, int src = 0);

  // Runs the graph. Inputs in the graph's order, any batch size. Independent branches run in lanes: their openings share rounds.
  // A run on inputs that were not opened before is a call of its own, which at its start asks the dealer for what the last such run on equal shapes asked (mpc/rehearsal.h).
  // Throws InvalidArgument (505): wrong number or shape of inputs, naming both.
  std::vector<CrypTensor> operator()(std::span<const CrypTensor> inputs) const;
  CrypTensor operator()(const CrypTensor& input) const;  // one input, one output

  // The same model with its numbers on another device of this party; inputs must lie there. All ranks call it, each with a device of its own. Local.
  EncryptedModel to(at::Device device) const;

  const Graph& graph() const { return *graph_; }         // folded, structure only
  const std::map<std::string, CrypTensor>& tensors() const { return tensors_; }

 private:
  std::shared_ptr<Party> party_;
  std::shared_ptr<const Graph> graph_;
  std::map<std::string, CrypTensor> tensors_;
  std::shared_ptr<Rehearsal> rehearsal_ = std::make_shared<Rehearsal>();  // of all copies
};

}  // namespace crypten::nn
