// Elements of private tensors replaced or added to at public places, under torch's names and rules; the tensor itself stays as it is, and the result is a new one.
// All local: 0 rounds, 0 bytes, nothing opened; exact. What is put in may be private or public. Both are brought to one scale, exactly; an opening does not survive.
// Throws: InvalidArgument 401 … 403, 435 (with torch's reason), 436 (two values for one element: torch leaves open which stays); IndexError 412, 414. On all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// What is put in: a private tensor, or a public one or number.
class Source {
 public:
  Source(const MPCTensor& values) : values_(&values) {}  // NOLINT: implicit on purpose
  Source(const Plain& plain) : plain_(&plain) {}         // NOLINT
  const MPCTensor* values() const { return values_; }
  const Plain* plain() const { return plain_; }

 private:
  const MPCTensor* values_ = nullptr;
  const Plain* plain_ = nullptr;
};

MPCTensor scatter(const MPCTensor& x, int64_t dim, const at::Tensor& index, Source source);
MPCTensor scatter_add(const MPCTensor& x, int64_t dim, const at::Tensor& index, Source source);
MPCTensor index_add(const MPCTensor& x, int64_t dim, const at::Tensor& index, Source source);
// Elements at `places` of the flattened tensor; the values broadcast to the shape of `places`. What `x[…] = values` does.
MPCTensor put(const MPCTensor& x, const at::Tensor& places, Source values);
// One number where the mask is true; the mask broadcasts.
MPCTensor masked_fill(const MPCTensor& x, const at::Tensor& mask, const Plain& value);

}  // namespace crypten
