// What the dealer defines for powers by digits: powers of the low digit of a mask, at the place of its high digit.
#pragma once

#include <vector>

#include "mpc/provider/clear_value.h"
#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// One for each high digit u, in the masks' sizes: [r_h = u] · (±) round(2^(base + slope · r_l)), not reduced. In integers only, so that a retry or a replica of the
// dealer gives the same bytes. Powers are computed here, once for all tables.
std::vector<ClearValue> deal_powers(const PowerRequest& request, const MaskValues& masks);

}  // namespace crypten
