// Orders of private reals along a dimension: torch's names, with its results; places are those of a stable sort, also where torch leaves ties open.
// Rounds and bytes: mpc/protocol/sort.h; for n values at most 4·t·(t + 1)/2 rounds, t = ⌈log2 n⌉, and 13 B, dealer ≤ 60 B a pair; parts of the order take fewer pairs.
// Places are found in the same rounds, and 2 … 4 more; they have no fractional bits. Values are exact. Without places a pending truncation stays pending; with them it is
// done first (1 round), and |x| must stay below 2^(62 − t) as an integer: 2^(46 − t) as a real at 16 fractional bits, so up to 2^16 values lose nothing of a product's range.
// `bound`: of |x| (mpc/tensor/bound.h): comparisons of fewer bits.
// Throws: InvalidArgument 402, 419 (bound); IndexError 412 (dimension), 414 (k). On all ranks alike, before anything is sent.
#pragma once

#include <optional>

#include "mpc/tensor/bound.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

struct Ordered {
  MPCTensor value, place;  // place is undefined where none was asked for
};

enum class Places { none, wanted };
Ordered sort(const MPCTensor& x, int64_t dim, bool descending, Places places, double bound = kUnbounded);
// The k largest (or smallest), in order.
Ordered topk(const MPCTensor& x, int64_t k, int64_t dim, bool largest, Places places, double bound = kUnbounded);
// The k-th smallest, k from 1 on.
Ordered kthvalue(const MPCTensor& x, int64_t k, int64_t dim, bool keepdim, Places places, double bound = kUnbounded);
// The lower one where there are two.
Ordered median(const MPCTensor& x, int64_t dim, bool keepdim, Places places, double bound = kUnbounded);
MPCTensor median(const MPCTensor& x);  // of all elements

}  // namespace crypten
