// One run of a graph: a node starts when its inputs are there; nodes that are ready at the same time are lanes, so the openings of parallel branches travel together.
// A value is released after its last use.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "autograd/cryptensor.h"
#include "nn/graph.h"

namespace crypten::nn {

class Execution {
 public:
  // `values`: graph inputs and tensors by name.
  Execution(Party& party, const Graph& graph, std::map<std::string, CrypTensor> values);
  std::vector<CrypTensor> run();

 private:
  void run_from(size_t node);                       // the node, and then what became ready by it
  std::vector<size_t> complete(size_t node, CrypTensor value);  // stores the value; returns the nodes that are ready now, in graph order
  Party& party_;
  const Graph& graph_;
  std::map<std::string, CrypTensor> values_;
  std::map<std::string, std::vector<size_t>> readers_;  // who reads a node's value
  std::vector<int> missing_;                            // inputs a node still waits for
  std::map<std::string, int> uses_left_;
};

}  // namespace crypten::nn
