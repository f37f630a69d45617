// Elements of private tensors moved, repeated or left out by public rules, under torch's names and rules. All local: 0 rounds, 0 bytes, nothing opened; exact.
// A pending truncation is shared with the source. movedim, diagonal and unfold are views and keep a cached opening; the others copy and start without one.
// Throws: InvalidArgument 402, 435 (with torch's reason); IndexError 412, 414. On all ranks alike.
#pragma once

#include <optional>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

MPCTensor movedim(const MPCTensor& x, at::IntArrayRef source, at::IntArrayRef destination);
MPCTensor diagonal(const MPCTensor& x, int64_t offset, int64_t dim1, int64_t dim2);
MPCTensor unfold(const MPCTensor& x, int64_t dim, int64_t size, int64_t step);
MPCTensor flip(const MPCTensor& x, at::IntArrayRef dims);
MPCTensor roll(const MPCTensor& x, at::IntArrayRef shifts, at::IntArrayRef dims);  // no dims: of all elements
MPCTensor repeat(const MPCTensor& x, at::IntArrayRef sizes);
MPCTensor tile(const MPCTensor& x, at::IntArrayRef sizes);
MPCTensor repeat_interleave(const MPCTensor& x, int64_t repeats, std::optional<int64_t> dim);  // no dim: of all elements
MPCTensor tril(const MPCTensor& x, int64_t diagonal);  // zeros elsewhere
MPCTensor triu(const MPCTensor& x, int64_t diagonal);
MPCTensor gather(const MPCTensor& x, int64_t dim, const at::Tensor& index);
MPCTensor take(const MPCTensor& x, const at::Tensor& index);  // of all elements, in memory order

}  // namespace crypten
