#include "mpc/tensor/index.h"

#include <algorithm>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

// A view in which some elements of x may be missing.
MPCTensor part_view(const MPCTensor& x, View view, bool whole) {
  return x.rearranged([view = std::move(view), whole](const ArithmeticShared& share) { return share.view(view, whole); });
}

int64_t checked_size(const MPCTensor& x, int64_t dim, const char* operation) {
  if (x.dim() == 0) throw IndexError(tensor_code::dim_out_of_range, std::string(operation) + ": the tensor has no dimensions", operation, "its shape is ()", "reshape it to (1) first");
  return x.sizes()[wrapped_dim(dim, x.dim(), operation)];
}

}  // namespace

MPCTensor select(const MPCTensor& x, int64_t dim, int64_t index) {
  const OperationScope op("select", {x});
  const int64_t size = checked_size(x, dim, "select"), along = wrapped_dim(dim, x.dim(), "select");
  if (index < -size || index >= size) {
    throw IndexError(tensor_code::index_out_of_range, "select: index out of range", "select", "index " + std::to_string(index) + " in dimension " + std::to_string(along) + " of shape " + shape_text(x.sizes()),
                     "pass an index from " + std::to_string(-size) + " to " + std::to_string(size - 1));
  }
  const int64_t at = index < 0 ? index + size : index;
  op.fact(std::vector<int64_t>{along, at});
  return part_view(x, [along, at](const at::Tensor& t) { return t.select(along, at); }, size == 1);
}

MPCTensor slice(const MPCTensor& x, int64_t dim, int64_t start, int64_t end, int64_t step) {
  const OperationScope op("slice", {x});
  const int64_t size = checked_size(x, dim, "slice"), along = wrapped_dim(dim, x.dim(), "slice");
  if (step < 1) throw InvalidArgument(tensor_code::index_type, "slice: the step must be positive", "slice", "step " + std::to_string(step), "use a step of 1 or more");
  const auto clamped = [size](int64_t position) { return std::clamp<int64_t>(position < 0 ? position + size : position, 0, size); };
  const int64_t from = clamped(start), to = std::max(from, clamped(end));
  op.fact(std::vector<int64_t>{along, from, to, step});
  const bool whole = from == 0 && to == size && (step == 1 || size == 1);
  return part_view(x, [along, from, to, step](const at::Tensor& t) { return t.slice(along, from, to, step); }, whole);
}

MPCTensor index_select(const MPCTensor& x, int64_t dim, const at::Tensor& index) {
  const OperationScope op("index_select", {x});
  const int64_t size = checked_size(x, dim, "index_select"), along = wrapped_dim(dim, x.dim(), "index_select");
  if (!index.defined() || index.dim() > 1 || !at::isIntegralType(index.scalar_type(), false)) {
    throw InvalidArgument(tensor_code::index_type, "index_select: the index is no list of integers", "index_select",
                          index.defined() ? "shape " + shape_text(index.sizes()) + ", " + at::toString(index.scalar_type()) : "it is undefined", "pass a public 1-D tensor of int64");
  }
  const auto rows = index.to(x.device(), at::kLong);
  if (rows.numel() > 0 && at::lt(rows, 0).logical_or(at::ge(rows, size)).any().item<bool>()) {
    throw IndexError(tensor_code::index_out_of_range, "index_select: index out of range", "index_select", "dimension " + std::to_string(along) + " of shape " + shape_text(x.sizes()),
                     "pass indices from 0 to " + std::to_string(size - 1));
  }
  op.fact(std::vector<int64_t>{along, rows.numel()});
  return x.rearranged([along, rows](const ArithmeticShared& share) { return ArithmeticShared(RingTensor(at::index_select(share.share().words(), along, rows))); });
}

std::vector<MPCTensor> split(const MPCTensor& x, int64_t size, int64_t dim) {
  const OperationScope op("split", {x});
  const int64_t total = checked_size(x, dim, "split");
  if (size < 1) throw InvalidArgument(tensor_code::index_type, "split: parts need at least one element", "split", "size " + std::to_string(size), "use a size of 1 or more");
  std::vector<MPCTensor> parts;
  for (int64_t start = 0; start < total || parts.empty(); start += size) parts.push_back(slice(x, dim, start, std::min(start + size, total)));
  return parts;
}

}  // namespace crypten
