#include "autograd/ops/shape.h"

#include "mpc/tensor/index.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

std::vector<MPCTensor> values(const std::vector<CrypTensor>& tensors) {
  std::vector<MPCTensor> result;
  for (const CrypTensor& tensor : tensors) result.push_back(tensor.value());
  return result;
}

}  // namespace

CrypTensor reshape(const CrypTensor& x, at::IntArrayRef sizes) { return CrypTensor(reshape(x.value(), sizes)); }
CrypTensor flatten(const CrypTensor& x, int64_t start, int64_t end) { return CrypTensor(flatten(x.value(), start, end)); }
CrypTensor transpose(const CrypTensor& x, int64_t a, int64_t b) { return CrypTensor(transpose(x.value(), a, b)); }
CrypTensor permute(const CrypTensor& x, at::IntArrayRef dims) { return CrypTensor(permute(x.value(), dims)); }
CrypTensor expand(const CrypTensor& x, at::IntArrayRef sizes) { return CrypTensor(expand(x.value(), sizes)); }
CrypTensor squeeze(const CrypTensor& x, std::optional<int64_t> dim) { return CrypTensor(squeeze(x.value(), dim)); }
CrypTensor unsqueeze(const CrypTensor& x, int64_t dim) { return CrypTensor(unsqueeze(x.value(), dim)); }
CrypTensor select(const CrypTensor& x, int64_t dim, int64_t index) { return CrypTensor(select(x.value(), dim, index)); }
CrypTensor slice(const CrypTensor& x, int64_t dim, int64_t start, int64_t end, int64_t step) { return CrypTensor(slice(x.value(), dim, start, end, step)); }
CrypTensor index_select(const CrypTensor& x, int64_t dim, const at::Tensor& index) { return CrypTensor(index_select(x.value(), dim, index)); }
CrypTensor pad(const CrypTensor& x, at::IntArrayRef pad, double value) { return CrypTensor(crypten::pad(x.value(), pad, value)); }
CrypTensor cat(const std::vector<CrypTensor>& tensors, int64_t dim) { return CrypTensor(cat(values(tensors), dim)); }
CrypTensor stack(const std::vector<CrypTensor>& tensors, int64_t dim) { return CrypTensor(stack(values(tensors), dim)); }

std::vector<CrypTensor> split(const CrypTensor& x, int64_t size, int64_t dim) {
  std::vector<CrypTensor> parts;
  for (MPCTensor& part : split(x.value(), size, dim)) parts.emplace_back(std::move(part));
  return parts;
}

}  // namespace crypten
