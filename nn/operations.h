// What each operation of the graph format computes on CrypTensors: the executor's table.
#pragma once

#include <functional>
#include <span>

#include "autograd/cryptensor.h"
#include "nn/graph.h"

namespace crypten::nn {

// Inputs in the order of the node; absent ones are undefined.
using Operation = std::function<CrypTensor(const Node& node, std::span<const CrypTensor> inputs)>;
const std::map<std::string, Operation>& operations();

}  // namespace crypten::nn
