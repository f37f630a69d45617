#include "crypten_core/kernels/ring_gemm.h"

#include <algorithm>
#include <vector>

namespace crypten {
namespace {

// A tile of A (kTileRows × kGemmLength words, 576 KiB) stays in the second-level cache, a panel of B (8 to 32 KiB) in the first.
constexpr int64_t kTileRows = 288, kTileColumns = 512;
constexpr int64_t kProductsPerThread = 1 << 17;  // some 20 µs: what waking a thread costs

int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }
int64_t divide_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

// Packing space of this thread. It is used only between two lines that cannot wait, and kept because giving
// megabytes back to the system and faulting them in again costs more than the packing.
uint64_t* scratch(int64_t words) {
  constexpr int64_t kLine = 8;  // cache lines
  thread_local std::vector<uint64_t> space;
  if (static_cast<int64_t>(space.size()) < words + kLine) space.resize(static_cast<size_t>(words + kLine));
  const uintptr_t past = reinterpret_cast<uintptr_t>(space.data()) & 63;
  return space.data() + (past == 0 ? 0 : (64 - past) / sizeof(uint64_t));
}

// A thread's turn at blocks of digits.
class DigitsTurn {
 public:
  explicit DigitsTurn(const RingKernels::Digits* digits) : digits_(digits) {
    if (digits_) digits_->enter();
  }
  ~DigitsTurn() {
    if (digits_) digits_->leave();
  }
  DigitsTurn(const DigitsTurn&) = delete;

 private:
  const RingKernels::Digits* digits_;
};

void block_portable(int64_t length, const uint64_t* a, const uint64_t* b, uint64_t* c, int64_t row_stride, bool accumulate) {
  uint64_t sum[2][4] = {};
  for (int64_t l = 0; l < length; ++l, a += 2, b += 4) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) sum[i][j] += a[i] * b[j];
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 4; ++j) {
      uint64_t& to = c[i * row_stride + j];
      to = (accumulate ? to : 0) + sum[i][j];
    }
  }
}

void axpy_portable(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y) {
  for (int64_t i = 0; i < count; ++i) y[i] += factor * x[i];
}

void dots_portable(const RowDots& p) {
  for (int64_t i = 0; i < p.rows; ++i) {
    for (int64_t j = 0; j < p.columns; ++j) {
      uint64_t& sum = p.sums[i * p.sum_stride + j];
      for (int64_t l = 0; l < p.length; ++l) sum += p.a[i * p.a_stride + l] * p.b[j * p.b_stride + l];
    }
  }
}

}  // namespace

const RingKernels kRingKernelsPortable{2, 4, block_portable, axpy_portable, 3, dots_portable, filter_by_axpy<axpy_portable>};

const RingKernels& RingKernels::for_shape(int64_t wanted_rows, int64_t wanted_columns, int64_t length) const {
  if (!digits) return *this;
  const int64_t computed = round_up(wanted_rows, rows) * round_up(wanted_columns, columns) * round_up(length, digits->step);
  return computed / digits->most_zeros > wanted_rows * wanted_columns * length ? *digits->words : *this;
}

GemmTiles::GemmTiles(const RingKernels& kernels, int64_t rows, int64_t columns, int64_t length, int64_t products, int threads)
    : kernels_(kernels), rows_(rows), columns_(columns), length_(length) {
  tile_rows_ = std::min(kTileRows, round_up(rows, kernels.rows));
  tile_columns_ = std::min(kTileColumns, round_up(columns, kernels.columns));
  // Smaller tiles pack more often, so no smaller than needed to keep all threads busy.
  const auto tiles = [&] { return products * divide_up(rows_, tile_rows_) * divide_up(columns_, tile_columns_); };
  const auto work = [&] { return tile_rows_ * tile_columns_ * length_; };
  while (threads > 1 && tiles() < 2 * threads && work() > 2 * kProductsPerThread) {
    int64_t& longer = tile_columns_ >= tile_rows_ ? tile_columns_ : tile_rows_;
    longer = round_up(divide_up(longer, 2), tile_columns_ >= tile_rows_ ? kernels.columns : kernels.rows);
    if (tile_rows_ <= 4 * kernels.rows && tile_columns_ <= 4 * kernels.columns) break;
  }
  row_tiles_ = divide_up(rows_, tile_rows_);
  column_tiles_ = divide_up(columns_, tile_columns_);
  grain_ = std::max<int64_t>(1, kProductsPerThread / std::max<int64_t>(1, work()));
}

void GemmTiles::run(int64_t tile, const PackPanels& pack_a, const PackPanels& pack_b, const GemmOutput& c) const {
  constexpr int64_t kMaxBlock = 512;  // words of the largest rows × columns of any path
  const int64_t mr = kernels_.rows, nr = kernels_.columns;
  const int64_t first_row = tile / column_tiles_ * tile_rows_, first_column = tile % column_tiles_ * tile_columns_;
  const int64_t rows = std::min(tile_rows_, rows_ - first_row), columns = std::min(tile_columns_, columns_ - first_column);
  const auto* const digits = kernels_.digits;
  const int64_t step = digits ? digits->step : 1, longest = round_up(std::min(kGemmLength, length_), step);
  const int64_t a_words = round_up(round_up(rows, mr) * longest, 8);
  uint64_t* const a = scratch(a_words + round_up(columns, nr) * longest);
  uint64_t* const b = a + a_words;
  const auto offset = [&](int64_t column) { return c.column_offsets ? c.column_offsets[column] : column; };
  alignas(64) uint64_t partial[kMaxBlock];
  const DigitsTurn turn(digits);

  for (int64_t from = 0; from < length_ || from == 0; from += kGemmLength) {
    const int64_t packed = std::min(kGemmLength, length_ - from), length = round_up(packed, step);
    const auto pack = [&](const PackPanels& panels, uint64_t* to, int64_t width, int64_t first, int64_t count, auto split) {
      panels({to, width, width * length}, first, count, from, packed);
      if (!digits) return;
      for (int64_t i = 0; i < count; i += width, to += width * length) {
        std::fill_n(to + width * packed, width * (length - packed), 0);
        split(length, to);
      }
    };
    pack(pack_a, a, mr, first_row, rows, digits ? digits->split_a : nullptr);
    pack(pack_b, b, nr, first_column, columns, digits ? digits->split_b : nullptr);
    for (int64_t j = 0; j < columns; j += nr) {
      const int64_t width = std::min(nr, columns - j), at = offset(first_column + j);
      const bool adjacent = width == nr && offset(first_column + j + nr - 1) == at + nr - 1;
      for (int64_t i = 0; i < rows; i += mr) {
        uint64_t* const to = c.data + (first_row + i) * c.row_stride;
        if (adjacent && i + mr <= rows) {
          kernels_.block(length, a + i * length, b + j * length, to + at, c.row_stride, from > 0);
          continue;
        }
        kernels_.block(length, a + i * length, b + j * length, partial, nr, false);
        for (int64_t r = 0; r < std::min(mr, rows - i); ++r) {
          for (int64_t q = 0; q < width; ++q) {
            uint64_t& word = to[r * c.row_stride + offset(first_column + j + q)];
            word = (from > 0 ? word : 0) + partial[r * nr + q];
          }
        }
      }
    }
  }
}

}  // namespace crypten
