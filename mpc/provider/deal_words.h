// What the dealer defines for sums of words: bit planes in clear, from which deal() makes XOR shares.
#pragma once

#include <ATen/core/Tensor.h>

#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// The products that word_plan() names: int64 [tiles, products, 8], contiguous. Unused lanes may hold anything: deal() drops them.
at::Tensor deal_words(const WordRequest& request, const MaskValues& masks);

}  // namespace crypten
