// Elements moved, repeated, left out, replaced or added to at public places, under torch's names and rules: local. Running sums, traces: local; products: a tree.
#pragma once

#include <optional>

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor movedim(const CrypTensor& x, at::IntArrayRef source, at::IntArrayRef destination);
CrypTensor diagonal(const CrypTensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
CrypTensor unfold(const CrypTensor& x, int64_t dim, int64_t size, int64_t step);
CrypTensor flip(const CrypTensor& x, at::IntArrayRef dims);
CrypTensor roll(const CrypTensor& x, at::IntArrayRef shifts, at::IntArrayRef dims = {});
CrypTensor repeat(const CrypTensor& x, at::IntArrayRef sizes);
CrypTensor tile(const CrypTensor& x, at::IntArrayRef sizes);
CrypTensor repeat_interleave(const CrypTensor& x, int64_t repeats, std::optional<int64_t> dim = std::nullopt);
CrypTensor tril(const CrypTensor& x, int64_t diagonal = 0);
CrypTensor triu(const CrypTensor& x, int64_t diagonal = 0);
CrypTensor gather(const CrypTensor& x, int64_t dim, const at::Tensor& index);
CrypTensor take(const CrypTensor& x, const at::Tensor& index);

CrypTensor scatter(const CrypTensor& x, int64_t dim, const at::Tensor& index, const CrypTensor& source);
CrypTensor scatter(const CrypTensor& x, int64_t dim, const at::Tensor& index, const Plain& source);
CrypTensor scatter_add(const CrypTensor& x, int64_t dim, const at::Tensor& index, const CrypTensor& source);
CrypTensor scatter_add(const CrypTensor& x, int64_t dim, const at::Tensor& index, const Plain& source);
CrypTensor index_add(const CrypTensor& x, int64_t dim, const at::Tensor& index, const CrypTensor& source);
CrypTensor index_add(const CrypTensor& x, int64_t dim, const at::Tensor& index, const Plain& source);
CrypTensor put(const CrypTensor& x, const at::Tensor& places, const CrypTensor& values);  // mpc/tensor/assign.h
CrypTensor put(const CrypTensor& x, const at::Tensor& places, const Plain& values);
CrypTensor masked_fill(const CrypTensor& x, const at::Tensor& mask, const Plain& value);

CrypTensor cumsum(const CrypTensor& x, int64_t dim);
CrypTensor trace(const CrypTensor& x);
CrypTensor prod(const CrypTensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false);  // ⌈log2 n⌉ rounds

}  // namespace crypten
