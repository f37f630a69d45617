// C (+)= A·B mod 2^64 by blocks: B is packed into narrow panels, a small kernel multiplies some rows of A with a panel out of the caches.
// Matrix products and convolutions differ only in how they pack. Source of the blocking: K. Goto, R. van de Geijn, Anatomy of
// High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008.
#pragma once

#include <cstdint>
#include <functional>

#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/filter_run.h"

namespace crypten {

inline constexpr int64_t kMostDotRows = 8;
inline constexpr int64_t kGemmLength = 256;  // steps of the sum that a block takes at most: longer sums are cut, and their parts added to C

// sums[i·sum_stride + j] += Σ_l a[i·a_stride + l] · b[j·b_stride + l] for l < length, i < rows, j < columns: products of few rows, of which nothing is packed.
struct RowDots {
  int64_t length, rows, columns;
  const uint64_t* a;
  int64_t a_stride;
  const uint64_t* b;
  int64_t b_stride;
  uint64_t* sums;
  int64_t sum_stride;
};

// c[i·c_row + j] (+)= Σ_l a[i·a_row + l·a_step] · b[l·columns + j] for l < length, and a path's rows and columns.
struct Block {
  int64_t length;
  const uint64_t* a;
  int64_t a_row, a_step;
  const uint64_t* b;
  uint64_t* c;
  int64_t c_row;
  bool accumulate;
};

// What a path brings. Products and sums wrap mod 2^64: exact for every operand and every length.
struct RingKernels {
  int64_t rows, columns;  // of the block that `block` computes, and so the widths of panels

  void (*block)(const Block& block);
  void (*left_half)(const Block& block);                                         // the same for the first half of the columns; null where that is not faster
  // panel[l·columns + j] = lines[j·stride + l] for l < length, j < columns: columns of B whose words follow one another; null where word by word is as fast.
  void (*pack_lines)(int64_t length, const uint64_t* lines, int64_t stride, uint64_t* panel);
  void (*axpy)(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y);  // y[i] += factor · x[i]
  int64_t dot_rows;  // up to so many, at most kMostDotRows, dots are faster than blocks
  void (*dots)(const RowDots& product);
  void (*filter)(const FilterRun& run);

  // Only of a path whose blocks take panels in a form of their own (kernels/ring_digits.h), A's as well: a_row 1, a_step `rows`. It has nothing else but blocks.
  struct Digits {
    int64_t step;                                         // panels are filled up with zeros to a multiple of so many steps …
    void (*split_a)(int64_t length, uint64_t* panel);     // … and then brought into that form, in place
    void (*split_b)(int64_t length, uint64_t* panel);
    void (*enter)();                                      // before a thread's first block, and after its last
    void (*leave)();
    const RingKernels* (*narrow)(bool of_a, int bits);    // if words of A, or of B, are known to be numbers of so many bits, signed
    const RingKernels* words;                             // for what is not done in blocks, and for shapes whose blocks would be mostly zeros:
    int64_t most_zeros;                                   // those that have more than so many products computed for one that is wanted
  };
  const Digits* digits = nullptr;

  const RingKernels& on_words() const { return digits ? *digits->words : *this; }
  const RingKernels& for_shape(int64_t rows, int64_t columns, int64_t length) const;
  // bits: 1 … 64.
  const RingKernels& for_narrow(bool a, int bits) const { return digits ? *digits->narrow(a, bits) : *this; }
};

extern const RingKernels kRingKernelsPortable, kRingKernelsAvx2, kRingKernelsAvx512, kRingKernelsAmx;
inline constexpr KernelTable<const RingKernels*> kRingKernels{
    {&kRingKernelsPortable, &kRingKernelsAvx2, &kRingKernelsAvx512, &kRingKernelsAmx}};

// Where panels go: of `width` lanes each, `stride` words from one to the next.
struct Panels {
  uint64_t* out;
  int64_t width, stride;
};

// Writes columns first … first + count − 1 of B, of the summed range from … from + length − 1, as panels, each [length][width]; lanes beyond `count` in the
// last panel may hold anything.
using PackPanels = std::function<void(const Panels& panels, int64_t first, int64_t count, int64_t from, int64_t length)>;

// A: its word l of row i lies at words[i·row_stride + l·column_stride].
struct GemmRows {
  const uint64_t* words;
  int64_t row_stride, column_stride;
};

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
  void run(int64_t tile, const GemmRows& a, const PackPanels& pack_b, const GemmOutput& c) const;

 private:
  const RingKernels& kernels_;
  int64_t rows_, columns_, length_;
  int64_t tile_rows_, tile_columns_, row_tiles_, column_tiles_, grain_;
};

}  // namespace crypten
