// What the dealer defines for the size class of a shared value: bit planes in clear, from which deal() makes XOR shares.
#pragma once

#include <vector>

#include "mpc/provider/clear_value.h"
#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// [0] the one-hot tables of r's chunks, lowest chunk first, without their last entries: class_plan().table_planes planes; [1] the products of mask bits: product_planes.
// [tiles, planes, 8]. Unused lanes may hold anything: deal() drops them.
std::vector<ClearValue> deal_class(const ClassRequest& request, const MaskValues& masks);

}  // namespace crypten
