#include "mpc/provider/deal_permutation.h"

#include "crypten_core/aten.h"
#include "crypten_core/ring_tensor.h"
#include "crypten_core/word_tensor.h"
#include "mpc/provider/permutation.h"

namespace crypten {

at::Tensor deal_one_hot(const OneHotRequest& request, const MaskValues& masks) {
  const at::Tensor digits = bits_of_words(masks.lambda(request.masks), request.first_bit, request.bits);
  const int64_t* const digit = digits.const_data_ptr<int64_t>();
  const int64_t elements = digits.numel(), entries = (int64_t{1} << request.bits) - 1;
  at::Tensor vectors = empty_words({entries, elements});
  int64_t* const vector = vectors.mutable_data_ptr<int64_t>();
  for (int64_t u = 0; u < entries; ++u) {
    for (int64_t i = 0; i < elements; ++i) vector[u * elements + i] = digit[i] == u ? 1 : 0;
  }
  return vectors;
}

std::vector<at::Tensor> deal_permutation(const PermutationRequest& request, const MaskValues& masks) {
  const auto order = permutations(masks.words(request.rank, request.keys), request.masks.front().front().sizes[0]);
  std::vector<at::Tensor> permuted;
  for (const auto& mask : request.masks) permuted.push_back(permute_rows(masks.lambda(mask), order));
  return permuted;
}

}  // namespace crypten
