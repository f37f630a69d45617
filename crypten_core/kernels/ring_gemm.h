// C (+)= A·B mod 2^64 by blocks: operands are packed into narrow panels, a small kernel multiplies two panels out of the caches.
// Matrix products and convolutions differ only in how they pack. Source of the blocking: K. Goto, R. van de Geijn, Anatomy of
// High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008.
#pragma once

#include <cstdint>
#include <functional>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

// What a path brings. Products and sums wrap mod 2^64: exact for every operand and every length.
struct RingKernels {
  int64_t rows, columns;  // of the block that `block` computes, and so the widths of panels

  // c[i·row_stride + j] (+)= Σ_l a[l·rows + i] · b[l·columns + j] for all i < rows, j < columns.
  void (*block)(int64_t length, const uint64_t* a, const uint64_t* b, uint64_t* c, int64_t row_stride, bool accumulate);
  void (*axpy)(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y);  // y[i] += factor · x[i]
  uint64_t (*dot)(int64_t count, const uint64_t* x, const uint64_t* y);          // Σ x[i] · y[i]
};

extern const RingKernels kRingKernelsPortable, kRingKernelsAvx2, kRingKernelsAvx512;
inline constexpr KernelTable<const RingKernels*> kRingKernels{{&kRingKernelsPortable, &kRingKernelsAvx2, &kRingKernelsAvx512}};

// Writes rows (of A) or columns (of B) first … first + count − 1 of the summed range from … from + length − 1 as panels of `width`, one
// after another, each [length][width]; lanes beyond `count` in the last panel are zero.
using PackPanels = std::function<void(uint64_t* out, int64_t width, int64_t first, int64_t count, int64_t from, int64_t length)>;

struct GemmOutput {
  uint64_t* data;
  int64_t row_stride;
  const int64_t* column_offsets = nullptr;  // where column j lies; null: at j
};

// How one product is cut into tiles of C that threads compute independently, each with its own packing.
class GemmTiles {
 public:
  // `products`: how many products of this shape run side by side.
  GemmTiles(const RingKernels& kernels, int64_t rows, int64_t columns, int64_t length, int64_t products, int threads);

  int64_t count() const { return row_tiles_ * column_tiles_; }
  int64_t grain() const { return grain_; }  // tiles that are worth a thread
  // Tile number `tile` of C (overwritten). Runs on the calling thread.
  void run(int64_t tile, const PackPanels& pack_a, const PackPanels& pack_b, const GemmOutput& c) const;

 private:
  const RingKernels& kernels_;
  int64_t rows_, columns_, length_;
  int64_t tile_rows_, tile_columns_, row_tiles_, column_tiles_, grain_;
};

}  // namespace crypten
