#include "mpc/tensor/reshape.h"

#include <algorithm>
#include <numeric>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(int code, const std::string& operation, const std::string& what, const std::string& why, const std::string& todo) {
  throw InvalidArgument(code, operation + ": " + what, operation, why, todo);
}

// A view in which every element of x is.
MPCTensor whole_view(const MPCTensor& x, View view) {
  return x.rearranged([view = std::move(view)](const ArithmeticShared& share) { return share.view(view, true); });
}

std::vector<int64_t> inferred_sizes(at::IntArrayRef from, at::IntArrayRef to) {
  const auto fail = [&](const std::string& why) { refuse(tensor_code::reshape, "reshape", "the shape does not fit", "from " + shape_text(from) + " to " + shape_text(to) + ": " + why, "keep the number of elements"); };
  std::vector<int64_t> sizes = to.vec();
  int64_t known = 1, numel = 1;
  int64_t* unknown = nullptr;
  for (const int64_t size : from) numel *= size;
  for (int64_t& size : sizes) {
    if (size < -1) fail("negative size");
    if (size == -1 && unknown) fail("more than one −1");
    if (size == -1) unknown = &size;
    else known *= size;
  }
  if (unknown) {
    if (known == 0 || numel % known != 0) fail("the −1 cannot be inferred");
    *unknown = numel / known;
  } else if (known != numel) {
    fail(std::to_string(numel) + " and " + std::to_string(known) + " elements");
  }
  return sizes;
}

void check_join(const std::vector<MPCTensor>& tensors, const char* operation) {
  if (tensors.empty()) refuse(tensor_code::join, operation, "nothing to join", "the list is empty", "pass at least one tensor");
}

}  // namespace

MPCTensor reshape(const MPCTensor& x, at::IntArrayRef sizes) {
  const OperationScope op("reshape", {x});
  op.fact(sizes);
  return whole_view(x, [to = inferred_sizes(x.sizes(), sizes)](const at::Tensor& t) { return t.reshape(to); });
}

MPCTensor flatten(const MPCTensor& x, int64_t start, int64_t end) {
  const int64_t first = wrapped_dim(start, x.dim(), "flatten"), last = wrapped_dim(end, x.dim(), "flatten");
  if (first > last) refuse(tensor_code::reshape, "flatten", "the first dimension comes after the last", std::to_string(first) + " > " + std::to_string(last), "exchange start and end");
  if (x.dim() == 0) return reshape(x, {1});
  std::vector<int64_t> sizes(x.sizes().begin(), x.sizes().begin() + first);
  sizes.push_back(std::accumulate(x.sizes().begin() + first, x.sizes().begin() + last + 1, int64_t{1}, std::multiplies<>()));
  sizes.insert(sizes.end(), x.sizes().begin() + last + 1, x.sizes().end());
  return reshape(x, sizes);
}

MPCTensor permute(const MPCTensor& x, at::IntArrayRef dims) {
  const OperationScope op("permute", {x});
  op.fact(dims);
  if (static_cast<int64_t>(dims.size()) != x.dim()) {
    refuse(tensor_code::dims, "permute", "as many dimensions are needed as the tensor has", std::to_string(dims.size()) + " for shape " + shape_text(x.sizes()), "name each dimension once");
  }
  const auto order = dims.empty() ? std::vector<int64_t>{} : wrapped_dims(dims, x.dim(), "permute");
  return whole_view(x, [order](const at::Tensor& t) { return t.permute(order); });
}

MPCTensor transpose(const MPCTensor& x, int64_t a, int64_t b) {
  const OperationScope op("transpose", {x});
  const int64_t first = wrapped_dim(a, x.dim(), "transpose"), second = wrapped_dim(b, x.dim(), "transpose");
  op.fact(std::vector<int64_t>{first, second});
  return whole_view(x, [first, second](const at::Tensor& t) { return t.transpose(first, second); });
}

MPCTensor expand(const MPCTensor& x, at::IntArrayRef sizes) {
  const OperationScope op("expand", {x});
  op.fact(sizes);
  std::vector<int64_t> to = sizes.vec();
  const auto lead = static_cast<int64_t>(to.size()) - x.dim();
  bool fits = lead >= 0;
  for (int64_t d = 0; fits && d < static_cast<int64_t>(to.size()); ++d) {
    const int64_t own = d < lead ? -1 : x.sizes()[d - lead];
    if (to[d] == -1) to[d] = own;
    fits = to[d] >= 0 && (d < lead || own == 1 || own == to[d]);
  }
  if (!fits) refuse(tensor_code::reshape, "expand", "the shape does not fit", "from " + shape_text(x.sizes()) + " to " + shape_text(sizes), "only dimensions of size 1 can be repeated");
  // An empty expansion drops the elements: opening the source for it would send them.
  const bool keeps = std::ranges::find(to, 0) == to.end();
  return x.rearranged([to, keeps](const ArithmeticShared& share) { return share.view([to](const at::Tensor& t) { return t.expand(to); }, keeps); });
}

MPCTensor squeeze(const MPCTensor& x, std::optional<int64_t> dim) {
  const OperationScope op("squeeze", {x});
  if (!dim) return whole_view(x, [](const at::Tensor& t) { return t.squeeze(); });
  return whole_view(x, [d = wrapped_dim(*dim, x.dim(), "squeeze")](const at::Tensor& t) { return t.squeeze(d); });
}

MPCTensor unsqueeze(const MPCTensor& x, int64_t dim) {
  const OperationScope op("unsqueeze", {x});
  return whole_view(x, [d = wrapped_dim(dim, x.dim() + 1, "unsqueeze")](const at::Tensor& t) { return t.unsqueeze(d); });
}

MPCTensor cat(const std::vector<MPCTensor>& tensors, int64_t dim) {
  check_join(tensors, "cat");
  const OperationScope op("cat", tensors);
  const auto first = tensors.front().sizes();
  const int64_t along = wrapped_dim(dim, tensors.front().dim(), "cat");
  for (const MPCTensor& tensor : tensors) {
    bool fits = tensor.dim() == tensors.front().dim() && tensor.dim() > 0;
    for (int64_t d = 0; fits && d < tensor.dim(); ++d) fits = d == along || tensor.sizes()[d] == first[d];
    if (!fits) refuse(tensor_code::join, "cat", "the shapes do not fit together", "shapes " + shape_text(first) + " and " + shape_text(tensor.sizes()) + " along dimension " + std::to_string(along), "only that dimension may differ");
  }
  if (tensors.size() == 1) return tensors.front();
  const auto aligned = align(tensors);
  std::vector<at::Tensor> words;
  for (const ArithmeticShared& share : aligned.shares) words.push_back(share.share().words());
  return op.result(ArithmeticShared(RingTensor(at::cat(words, along))), aligned.fraction_bits);
}

MPCTensor stack(const std::vector<MPCTensor>& tensors, int64_t dim) {
  check_join(tensors, "stack");
  const OperationScope op("stack", tensors);
  for (const MPCTensor& tensor : tensors) {
    if (tensor.sizes() != tensors.front().sizes()) refuse(tensor_code::join, "stack", "the shapes differ", "shapes " + shape_text(tensors.front().sizes()) + " and " + shape_text(tensor.sizes()), "stack tensors of one shape");
  }
  const int64_t along = wrapped_dim(dim, tensors.front().dim() + 1, "stack");
  std::vector<MPCTensor> rows;
  for (const MPCTensor& tensor : tensors) rows.push_back(unsqueeze(tensor, along));
  return cat(rows, along);
}

MPCTensor pad(const MPCTensor& x, at::IntArrayRef pad, const Plain& value) {
  const OperationScope op("pad", {x});
  op.fact(pad);
  bool fits = pad.size() % 2 == 0 && static_cast<int64_t>(pad.size()) <= 2 * x.dim() && value.tensor().numel() == 1;
  for (size_t i = 0; fits && i < pad.size(); i += 2) {
    const int64_t size = x.sizes()[x.dim() - 1 - static_cast<int64_t>(i) / 2];
    fits = pad[i] + size >= 0 && pad[i + 1] + size >= 0 && pad[i] + pad[i + 1] + size >= 0;
  }
  if (!fits) refuse(tensor_code::padding, "pad", "the padding does not fit", "pad " + shape_text(pad) + " for shape " + shape_text(x.sizes()), "pass (before, after) for each dimension from the last on, and one value");
  const auto [share, plain, bits] = align(x, value);
  const ArithmeticShared padded(RingTensor(at::constant_pad_nd(share.share().words(), pad, 0)));
  if (plain.words().item<int64_t>() == 0) return op.result(padded, bits);
  const auto border = at::constant_pad_nd(at::zeros_like(share.share().words()), pad, plain.words().item<int64_t>());
  return op.result(padded + op.party().public_share(RingTensor(border)), bits);
}

}  // namespace crypten
