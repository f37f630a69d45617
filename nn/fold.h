// Folding: batch normalisation in evaluation mode is an affine map per channel, y = x·s + t with s = γ/√(σ² + ε), t = β − μ·s.
// Behind a convolution or a linear layer that nothing else reads, it disappears into the layer's weight and bias; elsewhere it becomes one channel_affine(x, s, t).
// Done in plaintext by the owner of the numbers, before they are shared; everybody else folds the structure alike.
#pragma once

#include "nn/graph.h"

namespace crypten::nn {

// Numbers are folded in float64. Identity nodes disappear. The result has the same inputs and outputs. Requires all values or none.
Graph fold(const Graph& graph);

}  // namespace crypten::nn
