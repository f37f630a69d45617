#include "crypten_core/kernels/thin_product.h"

#include <algorithm>

#include "crypten_core/byte_vector.h"
#include "crypten_core/thread_pool.h"

namespace crypten {

void thin_product(const RingKernels& kernels, const Matrix& a, const Matrix& b, uint64_t* c, int64_t c_row, int64_t c_column) {
  constexpr int64_t kColumns = 256, kProductsPerThread = 1 << 16;
  constexpr int64_t kLength = 512;  // eight rows of A by so many stay in the first-level cache
  constexpr int64_t kLine = 8;      // words; rows of A begin in different lines of their pages, or they would drive each other out
  const int64_t a_stride = (a.columns + kLine - 1) / kLine * kLine + kLine;
  WordVector space(static_cast<size_t>(a.rows * a_stride + kLine), 0);
  uint64_t* const rows = space.data() + (kLine - reinterpret_cast<uintptr_t>(space.data()) / sizeof(uint64_t) % kLine) % kLine;
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t l = 0; l < a.columns; ++l) rows[i * a_stride + l] = a.row(i)[l * a.column_stride];
  }
  const int64_t grain = std::max<int64_t>(1, kProductsPerThread / std::max<int64_t>(1, kColumns * a.rows * a.columns));
  parallel_for((b.columns + kColumns - 1) / kColumns, grain, [&](int64_t begin, int64_t end) {
    uint64_t sums[kMostDotRows * kColumns];
    for (int64_t j = begin * kColumns; j < std::min(b.columns, end * kColumns); j += kColumns) {
      const int64_t count = std::min(kColumns, b.columns - j);
      std::fill_n(sums, a.rows * kColumns, 0);
      if (b.column_stride == 1) {
        for (int64_t l = 0; l < b.rows; ++l) {
          for (int64_t i = 0; i < a.rows; ++i) kernels.axpy(count, rows[i * a_stride + l], b.row(l) + j, sums + i * kColumns);
        }
      } else {
        for (int64_t l = 0; l < b.rows; l += kLength) {
          kernels.dots({std::min(kLength, b.rows - l), a.rows, count, rows + l, a_stride, b.data + j * b.column_stride + l, b.column_stride, sums, kColumns});
        }
      }
      for (int64_t i = 0; i < a.rows; ++i) {
        for (int64_t q = 0; q < count; ++q) c[i * c_row + (j + q) * c_column] = sums[i * kColumns + q];
      }
    }
  });
}

}  // namespace crypten
