#include "mpc/provider/deal_permutation.h"

#include "crypten_core/aten.h"
#include "crypten_core/ring_tensor.h"
#include "mpc/provider/permutation.h"

namespace crypten {

at::Tensor deal_one_hot(const OneHotRequest& request, const MaskValues& masks) {
  const RingTensor lambda(masks.lambda(request.masks).reshape({1, -1}));
  const at::Tensor digit = low_bits(shift_right_logical(lambda, request.first_bit), request.bits).words();
  return at::eq(digit, at::arange((int64_t{1} << request.bits) - 1).unsqueeze(1)).to(at::kLong);
}

std::vector<at::Tensor> deal_permutation(const PermutationRequest& request, const MaskValues& masks) {
  const auto order = permutations(masks.words(request.rank, request.keys), request.masks.front().front().sizes[0]);
  std::vector<at::Tensor> permuted;
  for (const auto& mask : request.masks) permuted.push_back(permute_rows(masks.lambda(mask), order));
  return permuted;
}

}  // namespace crypten
