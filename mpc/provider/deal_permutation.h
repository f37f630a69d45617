// What the dealer defines for private places in tables, and for permutations that one party knows: additive values in clear, from which deal() makes shares.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// int64 {2^bits − 1, elements}: [d = u], d the named bits of λ.
at::Tensor deal_one_hot(const OneHotRequest& request, const MaskValues& masks);
// Each mask with its rows permuted. Throws InvalidArgument: no such rank.
std::vector<at::Tensor> deal_permutation(const PermutationRequest& request, const MaskValues& masks);

}  // namespace crypten
