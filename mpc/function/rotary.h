// Rotary position embeddings of private numbers: pairs of features turned by public angles.
//
// Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021). x·cosine + turned(x)·sine, where turned(a, b) = (−b, a) for the pairs.
// Shapes: x (…, features), an even number; cosine and sine broadcast to x and have each feature's value, as models keep their tables.
// Domain: the range of products. Largest error of a feature a with its partner b: (|a| + |b|)·2^-(precision_bits + 1) for the tables' encoding, and one unit of the truncation.
// Local: 0 rounds, 0 bytes; the truncation of the result is pending (1 round, 8 B, dealer 10 B; one more for x's own). Opens: nothing.
// Throws InvalidArgument 401 … 403, 408 (an odd number of features, tables larger than x), 410 (tables that do not broadcast); IndexError 425 (no dimension).
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// Which features make a pair: i and i + features / 2 (GPT-NeoX, Llama), or 2i and 2i + 1 (RoFormer, GPT-J).
enum class RotaryPairs { halves, neighbours };

MPCTensor rotary(const MPCTensor& x, const Plain& cosine, const Plain& sine, RotaryPairs pairs = RotaryPairs::halves);

}  // namespace crypten
