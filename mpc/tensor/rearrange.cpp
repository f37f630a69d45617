#include "mpc/tensor/rearrange.h"

#include "crypten_core/aten.h"
#include "mpc/tensor/torch_rules.h"

namespace crypten {

using at::Tensor;

namespace {

// A map may be applied again, when a pending truncation is done: by then the caller may have changed the index in place. Public: it goes where the share is.
Tensor own_copy(const Tensor& index, const MPCTensor& x) { return index.defined() ? index.to(x.device(), index.scalar_type(), false, true) : index; }

}  // namespace

MPCTensor movedim(const MPCTensor& x, at::IntArrayRef source, at::IntArrayRef destination) {
  return view_by_torch_rules("movedim", x, [from = source.vec(), to = destination.vec()](const Tensor& t) { return t.movedim(from, to); }, true);
}
MPCTensor diagonal(const MPCTensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  return view_by_torch_rules("diagonal", x, [=](const Tensor& t) { return t.diagonal(offset, dim1, dim2); }, false);
}
MPCTensor unfold(const MPCTensor& x, int64_t dim, int64_t size, int64_t step) {
  return view_by_torch_rules("unfold", x, [=](const Tensor& t) { return t.unfold(dim, size, step); }, false);
}
MPCTensor flip(const MPCTensor& x, at::IntArrayRef dims) {
  return copy_by_torch_rules("flip", x, [dims = dims.vec()](const Tensor& t) { return t.flip(dims); });
}
MPCTensor roll(const MPCTensor& x, at::IntArrayRef shifts, at::IntArrayRef dims) {
  return copy_by_torch_rules("roll", x, [shifts = shifts.vec(), dims = dims.vec()](const Tensor& t) { return t.roll(shifts, dims); });
}
MPCTensor repeat(const MPCTensor& x, at::IntArrayRef sizes) {
  return copy_by_torch_rules("repeat", x, [sizes = sizes.vec()](const Tensor& t) { return t.repeat(sizes); });
}
MPCTensor tile(const MPCTensor& x, at::IntArrayRef sizes) {
  return copy_by_torch_rules("tile", x, [sizes = sizes.vec()](const Tensor& t) { return t.tile(sizes); });
}
MPCTensor repeat_interleave(const MPCTensor& x, int64_t repeats, std::optional<int64_t> dim) {
  return copy_by_torch_rules("repeat_interleave", x, [=](const Tensor& t) { return t.repeat_interleave(repeats, dim); });
}
MPCTensor tril(const MPCTensor& x, int64_t diagonal) {
  return copy_by_torch_rules("tril", x, [=](const Tensor& t) { return t.tril(diagonal); });
}
MPCTensor triu(const MPCTensor& x, int64_t diagonal) {
  return copy_by_torch_rules("triu", x, [=](const Tensor& t) { return t.triu(diagonal); });
}
MPCTensor gather(const MPCTensor& x, int64_t dim, const Tensor& index) {
  return copy_by_torch_rules("gather", x, [dim, index = own_copy(index, x)](const Tensor& t) { return t.gather(dim, index); });
}
MPCTensor take(const MPCTensor& x, const Tensor& index) {
  return copy_by_torch_rules("take", x, [index = own_copy(index, x)](const Tensor& t) { return t.take(index); });
}

}  // namespace crypten
