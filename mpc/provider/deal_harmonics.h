// What the dealer defines for trigonometric series: sines and cosines of multiples of an angle's mask.
#pragma once

#include "mpc/provider/mask_values.h"

namespace crypten {

// cos(kλ) and sin(kλ) as HarmonicRequest says: int64 [2·K, elements], not reduced. In integers only (crypten_core/trigonometry.h), so that a retry and a replica give the
// same bytes. The request has passed check_request.
at::Tensor deal_harmonics(const HarmonicRequest& request, const MaskValues& masks);

}  // namespace crypten
