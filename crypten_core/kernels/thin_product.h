// Products of few rows: nothing is packed, since each word of B is used only so few times.
#pragma once

#include <cstdint>

#include "crypten_core/kernels/ring_gemm.h"

namespace crypten {

struct Matrix {
  const uint64_t* data;
  int64_t rows, columns, row_stride, column_stride;

  const uint64_t* row(int64_t i) const { return data + i * row_stride; }
  Matrix transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};

// c[i·c_row + j·c_column] = Σ_l a[i][l] · b[l][j] mod 2^64, for an A of at most kMostDotRows rows and a B whose rows or columns are
// contiguous. Runs on the process's thread pool.
void thin_product(const RingKernels& kernels, const Matrix& a, const Matrix& b, uint64_t* c, int64_t c_row, int64_t c_column);

}  // namespace crypten
