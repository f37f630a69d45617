#include "autograd/ops/rearrange.h"

#include "mpc/tensor/assign.h"
#include "mpc/tensor/rearrange.h"
#include "mpc/tensor/running.h"

namespace crypten {

using at::Tensor;

CrypTensor movedim(const CrypTensor& x, at::IntArrayRef source, at::IntArrayRef destination) { return CrypTensor(movedim(x.value(), source, destination)); }
CrypTensor diagonal(const CrypTensor& x, int64_t offset, int64_t dim1, int64_t dim2) { return CrypTensor(diagonal(x.value(), offset, dim1, dim2)); }
CrypTensor unfold(const CrypTensor& x, int64_t dim, int64_t size, int64_t step) { return CrypTensor(unfold(x.value(), dim, size, step)); }
CrypTensor flip(const CrypTensor& x, at::IntArrayRef dims) { return CrypTensor(flip(x.value(), dims)); }
CrypTensor roll(const CrypTensor& x, at::IntArrayRef shifts, at::IntArrayRef dims) { return CrypTensor(roll(x.value(), shifts, dims)); }
CrypTensor repeat(const CrypTensor& x, at::IntArrayRef sizes) { return CrypTensor(repeat(x.value(), sizes)); }
CrypTensor tile(const CrypTensor& x, at::IntArrayRef sizes) { return CrypTensor(tile(x.value(), sizes)); }
CrypTensor repeat_interleave(const CrypTensor& x, int64_t repeats, std::optional<int64_t> dim) { return CrypTensor(repeat_interleave(x.value(), repeats, dim)); }
CrypTensor tril(const CrypTensor& x, int64_t diagonal) { return CrypTensor(tril(x.value(), diagonal)); }
CrypTensor triu(const CrypTensor& x, int64_t diagonal) { return CrypTensor(triu(x.value(), diagonal)); }
CrypTensor gather(const CrypTensor& x, int64_t dim, const Tensor& index) { return CrypTensor(gather(x.value(), dim, index)); }
CrypTensor take(const CrypTensor& x, const Tensor& index) { return CrypTensor(take(x.value(), index)); }

CrypTensor scatter(const CrypTensor& x, int64_t dim, const Tensor& index, const CrypTensor& source) { return CrypTensor(scatter(x.value(), dim, index, source.value())); }
CrypTensor scatter(const CrypTensor& x, int64_t dim, const Tensor& index, const Plain& source) { return CrypTensor(scatter(x.value(), dim, index, source)); }
CrypTensor scatter_add(const CrypTensor& x, int64_t dim, const Tensor& index, const CrypTensor& source) { return CrypTensor(scatter_add(x.value(), dim, index, source.value())); }
CrypTensor scatter_add(const CrypTensor& x, int64_t dim, const Tensor& index, const Plain& source) { return CrypTensor(scatter_add(x.value(), dim, index, source)); }
CrypTensor index_add(const CrypTensor& x, int64_t dim, const Tensor& index, const CrypTensor& source) { return CrypTensor(index_add(x.value(), dim, index, source.value())); }
CrypTensor index_add(const CrypTensor& x, int64_t dim, const Tensor& index, const Plain& source) { return CrypTensor(index_add(x.value(), dim, index, source)); }
CrypTensor put(const CrypTensor& x, const Tensor& places, const CrypTensor& values) { return CrypTensor(put(x.value(), places, values.value())); }
CrypTensor put(const CrypTensor& x, const Tensor& places, const Plain& values) { return CrypTensor(put(x.value(), places, values)); }
CrypTensor masked_fill(const CrypTensor& x, const Tensor& mask, const Plain& value) { return CrypTensor(masked_fill(x.value(), mask, value)); }

CrypTensor cumsum(const CrypTensor& x, int64_t dim) { return CrypTensor(cumsum(x.value(), dim)); }
CrypTensor trace(const CrypTensor& x) { return CrypTensor(trace(x.value())); }
CrypTensor prod(const CrypTensor& x, std::optional<int64_t> dim, bool keepdim) { return CrypTensor(prod(x.value(), dim, keepdim)); }

}  // namespace crypten
