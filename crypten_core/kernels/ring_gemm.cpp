#include "crypten_core/kernels/ring_gemm.h"

#include <algorithm>
#include <vector>

#include "crypten_core/kernels/matrix_panels.h"

namespace crypten {
namespace {

// A tile of B (576 KiB) stays in the second-level cache, a block's rows of A (4 to 32 KiB) in the first.
constexpr int64_t kTileRows = 512, kTileColumns = 288, kMostTileColumns = 4 * kTileColumns;  // of sums of kGemmLength steps, and of short ones
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

// Brings what the CPU does not foresee into the second-level cache.
void prefetch(const uint64_t* words, int64_t count) {
  for (int64_t l = 0; l < count; l += 8) __builtin_prefetch(words + l, 0, 2);
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

void block_portable(const Block& p) {
  constexpr int kRows = 2, kColumns = 4;
  uint64_t sum[kRows][kColumns] = {};
  const uint64_t *first = p.a, *second = p.a + p.a_row, *b = p.b;
  const int64_t step = p.a_step;
  for (int64_t l = 0; l < p.length; ++l, first += step, second += step, b += kColumns) {
    const uint64_t factors[kRows] = {*first, *second};
#pragma GCC unroll 2
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < kColumns; ++j) sum[i][j] += factors[i] * b[j];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      uint64_t& to = p.c[i * p.c_row + j];
      to = (p.accumulate ? to : 0) + sum[i][j];
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

const RingKernels kRingKernelsPortable{2, 4, block_portable, nullptr, nullptr, axpy_portable, 3, dots_portable, filter_by_axpy<axpy_portable>};

const RingKernels& RingKernels::for_shape(int64_t wanted_rows, int64_t wanted_columns, int64_t length) const {
  if (!digits) return *this;
  const int64_t computed = round_up(wanted_rows, rows) * round_up(wanted_columns, columns) * round_up(length, digits->step);
  return computed / digits->most_zeros > wanted_rows * wanted_columns * length ? *digits->words : *this;
}

GemmTiles::GemmTiles(const RingKernels& kernels, int64_t rows, int64_t columns, int64_t length, int64_t products, int threads)
    : kernels_(kernels), rows_(rows), columns_(columns), length_(length) {
  tile_rows_ = std::min(kTileRows, round_up(rows, kernels.rows));
  const int64_t fit = kTileColumns * kGemmLength / std::clamp<int64_t>(length, 1, kGemmLength) / kernels.columns * kernels.columns;
  tile_columns_ = std::min({fit, kMostTileColumns, round_up(columns, kernels.columns)});
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

void GemmTiles::run(int64_t tile, const GemmRows& a, const PackPanels& pack_b, const GemmOutput& c) const {
  constexpr int64_t kMaxBlock = 512;  // words of the largest rows × columns of any path
  const int64_t mr = kernels_.rows, nr = kernels_.columns;
  const int64_t first_row = tile / column_tiles_ * tile_rows_, first_column = tile % column_tiles_ * tile_columns_;
  const int64_t rows = std::min(tile_rows_, rows_ - first_row), columns = std::min(tile_columns_, columns_ - first_column);
  const auto* const digits = kernels_.digits;
  const int64_t step = digits ? digits->step : 1, longest = round_up(std::min(kGemmLength, length_), step);
  const int64_t panel_words = round_up(mr * longest, 8);
  uint64_t* const panel = scratch(panel_words + round_up(columns, nr) * longest);
  uint64_t* const b = panel + panel_words;
  const auto offset = [&](int64_t column) { return c.column_offsets ? c.column_offsets[column] : column; };
  alignas(64) uint64_t partial[kMaxBlock];
  const DigitsTurn turn(digits);

  for (int64_t from = 0; from < length_ || from == 0; from += kGemmLength) {
    const int64_t packed = std::min(kGemmLength, length_ - from), length = round_up(packed, step);
    const auto split = [&](uint64_t* to, int64_t width, auto into_digits) {
      std::fill_n(to + width * packed, width * (length - packed), 0);
      into_digits(length, to);
    };
    pack_b({b, nr, nr * length}, first_column, columns, from, packed);
    for (int64_t j = 0; digits && j < columns; j += nr) split(b + j * length, nr, digits->split_b);
    for (int64_t i = 0; i < rows; i += mr) {
      const auto row_of_a = [&](int64_t row) { return a.words + (first_row + row) * a.row_stride + from; };
      Block block{.length = length, .a = row_of_a(i), .a_row = a.row_stride, .a_step = 1, .c_row = c.row_stride, .accumulate = from > 0};
      // Rows whose words follow one another are read where they lie; others, and a last block of fewer rows, as a panel.
      const bool in_place = !digits && a.column_stride == 1 && i + mr <= rows;
      if (!in_place) {
        pack_rows(a.words, a.row_stride, a.column_stride, nullptr)({panel, mr, 0}, first_row + i, std::min(mr, rows - i), from, packed);
        if (digits) split(panel, mr, digits->split_a);
        block.a = panel, block.a_row = 1, block.a_step = mr;
      }
      uint64_t* const to = c.data + (first_row + i) * c.row_stride;
      int64_t ahead = in_place && i + 2 * mr <= rows ? 0 : mr;  // of the next rows, of which each panel's turn fetches its part
      for (int64_t j = 0; j < columns; j += nr) {
        const int64_t width = std::min(nr, columns - j), at = offset(first_column + j);
        const bool half = kernels_.left_half && width <= nr / 2;
        const int64_t computed = half ? nr / 2 : nr;
        block.b = b + j * length;
        for (; ahead < mr && ahead * columns < (j + nr) * mr; ++ahead) prefetch(row_of_a(i + mr + ahead), length);
        if (width == computed && i + mr <= rows && offset(first_column + j + computed - 1) == at + computed - 1) {
          block.c = to + at;
          half ? kernels_.left_half(block) : kernels_.block(block);
          continue;
        }
        Block edge = block;
        edge.c = partial, edge.c_row = nr, edge.accumulate = false;
        half ? kernels_.left_half(edge) : kernels_.block(edge);
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
