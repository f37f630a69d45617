// Views, joins and public indices: local, and cached openings survive views.
#pragma once

#include "autograd/cryptensor.h"

namespace crypten {

CrypTensor reshape(const CrypTensor& x, at::IntArrayRef sizes);          // one −1 allowed
CrypTensor flatten(const CrypTensor& x, int64_t start = 0, int64_t end = -1);
CrypTensor transpose(const CrypTensor& x, int64_t a, int64_t b);
CrypTensor permute(const CrypTensor& x, at::IntArrayRef dims);
CrypTensor expand(const CrypTensor& x, at::IntArrayRef sizes);
CrypTensor squeeze(const CrypTensor& x, std::optional<int64_t> dim = std::nullopt);
CrypTensor unsqueeze(const CrypTensor& x, int64_t dim);
CrypTensor select(const CrypTensor& x, int64_t dim, int64_t index);
CrypTensor slice(const CrypTensor& x, int64_t dim, int64_t start, int64_t end, int64_t step = 1);
CrypTensor index_select(const CrypTensor& x, int64_t dim, const at::Tensor& index);
CrypTensor pad(const CrypTensor& x, at::IntArrayRef pad, double value = 0);  // torch.nn.functional.pad's order
CrypTensor cat(const std::vector<CrypTensor>& tensors, int64_t dim = 0);
CrypTensor stack(const std::vector<CrypTensor>& tensors, int64_t dim = 0);
std::vector<CrypTensor> split(const CrypTensor& x, int64_t size, int64_t dim = 0);

}  // namespace crypten
