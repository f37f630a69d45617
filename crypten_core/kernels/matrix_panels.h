// Packing the rows of a strided matrix for ring_gemm.h. The columns of B are the rows of its transpose.
#pragma once

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

// lines: RingKernels::pack_lines for panels of kernels.columns, or null.
PackPanels pack_rows(const uint64_t* matrix, int64_t row_stride, int64_t column_stride, decltype(RingKernels::pack_lines) lines);

}  // namespace crypten
