#include "autograd/cryptensor.h"

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {

int64_t CrypTensor::size(int64_t dim) const {
  if (value_.dim() == 0) throw IndexError(tensor_code::dim_out_of_range, "size: the tensor has no dimensions", "size", "its shape is ()", "use numel()");
  return sizes()[wrapped_dim(dim, value_.dim(), "size")];
}

CrypTensor cryptensor(std::shared_ptr<Party> party, const at::Tensor& plaintext, int src, std::optional<at::IntArrayRef> sizes) {
  if (!sizes && !plaintext.defined()) {
    throw InvalidArgument(tensor_code::sizes_missing, "cryptensor: the shape is unknown", "cryptensor", "there is neither a tensor nor sizes on this rank",
                          "pass the sizes, or any tensor of the same shape, on the ranks that do not hold the value");
  }
  return CrypTensor(MPCTensor::encrypt(std::move(party), plaintext, sizes.value_or(plaintext.defined() ? plaintext.sizes() : at::IntArrayRef()), src));
}

CrypTensor as_static(const CrypTensor& x) {
  as_static(x.value().share());
  return x;
}

}  // namespace crypten
