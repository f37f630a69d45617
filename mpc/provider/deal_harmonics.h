// What the dealer defines for trigonometric series: sines and cosines of multiples of an angle's mask.
#pragma once

#include "mpc/provider/clear_value.h"
#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// cos(kλ) and sin(kλ) as HarmonicRequest says: [2·K, elements], not reduced. In integers only (kernels/phasor_runs.h), so that a retry and a replica give the same bytes.
// Rows are written one after the other, and each multiple follows from the one before: so all are computed here, kept in 32 bits, and only scaled where they are read.
// The request has passed check_request.
ClearValue deal_harmonics(const HarmonicRequest& request, const MaskValues& masks);

}  // namespace crypten
