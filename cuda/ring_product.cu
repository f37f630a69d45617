#include "crypten_core/kernels/ring_tile.h"
#include "cuda/instructions.h"
#include "cuda/launch.h"
#include "cuda/ring_product.h"

namespace crypten::cuda {
namespace {

using namespace ring_tiles;

// Adds to memory where sums are cut into pieces, which is exact in any order; else writes.
struct Put {
  bool add;
  __device__ __forceinline__ void operator()(uint64_t* place, uint64_t value) const {
    if (add) {
      atomicAdd(reinterpret_cast<unsigned long long*>(place), value);
    } else {
      *place = value;
    }
  }
};

// What a thread loads of one operand: its lines stay the same over the whole sum.
template <class Operand>
struct Loader {
  typename Operand::Line lines[kLoads];
  Load loads[kLoads];
  uint64_t words[kLoads][4];

  __device__ __forceinline__ Loader(const Operand& operand, int64_t product, int64_t first_line, bool along_sum) {
#pragma unroll
    for (int q = 0; q < kLoads; ++q) {
      loads[q] = Load::of(static_cast<int>(threadIdx.x), q, along_sum);
      lines[q] = operand.line(product, first_line + loads[q].line);
    }
  }
  __device__ __forceinline__ void load(const Operand& operand, int64_t k, int64_t end) {
#pragma unroll
    for (int q = 0; q < kLoads; ++q) operand.four(lines[q], k + 4 * loads[q].group, end, words[q]);
  }
  template <int kCount>
  __device__ __forceinline__ void store(uint32_t* tile) const {
#pragma unroll
    for (int q = 0; q < kLoads; ++q) store_digits<kCount>(tile, loads[q], words[q]);
  }
};

constexpr int kSharedBytes = 2 * 2 * kTileWords * static_cast<int>(sizeof(uint32_t));  // two operands, two steps

// The next step's words are on their way from memory while this step's digits are multiplied. `kDigitsOfA`: if fewer than a word has, the highest is signed.
template <int kDigitsOfA, class B>
__global__ void __launch_bounds__(ring_tiles::kThreads, 1)
    multiply_tiles(const Plan plan, const Matrix a, const bool a_along_sum, const B b, const bool b_along_sum, const Result result) {
  uint32_t* const tiles = shared_words();
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const Block block = Block::of(plan, blockIdx.x);
  Loader<Matrix> load_a(a, block.product, block.row, a_along_sum);
  Loader<B> load_b(b, block.product, block.column, b_along_sum);
  Sums sums = {};
  load_a.load(a, block.from, block.end), load_b.load(b, block.from, block.end);
  load_a.template store<kDigitsOfA>(tiles), load_b.template store<kDigits>(tiles + kTileWords);
  __syncthreads();
  int current = 0;
  for (int64_t k = block.from; k < block.end; k += kStep, current ^= 1) {
    const bool more = k + kStep < block.end;
    if (more) load_a.load(a, k + kStep, block.end), load_b.load(b, k + kStep, block.end);
    const uint32_t *const tile_a = tiles + current * 2 * kTileWords, *const tile_b = tile_a + kTileWords;
    uint32_t columns[kDigits][2][2];
#pragma unroll
    for (int j = 0; j < kDigits; ++j) {
      load_columns(tile_b, j, warp_column(warp), lane, columns[j][0]);
      load_columns(tile_b, j, warp_column(warp) + 8, lane, columns[j][1]);
    }
#pragma unroll
    for (int i = 0; i < kDigitsOfA; ++i) {
      uint32_t rows[2][4];
      load_rows(tile_a, i, warp_row(warp), lane, rows[0]);
      load_rows(tile_a, i, warp_row(warp) + 16, lane, rows[1]);
#pragma unroll
      for (int j = 0; i + j < kDigits; ++j) {
#pragma unroll
        for (int m = 0; m < 2; ++m) {
#pragma unroll
          for (int n = 0; n < 2; ++n) {
            if (kDigitsOfA < kDigits && i == kDigitsOfA - 1) {
              multiply_signed_digits(sums[i + j][m][n], rows[m], columns[j][n]);
            } else {
              multiply_digits(sums[i + j][m][n], rows[m], columns[j][n]);
            }
          }
        }
      }
    }
    if (more) {  // the other half of shared memory: everybody has left it since the last barrier
      uint32_t* const next = tiles + (current ^ 1) * 2 * kTileWords;
      load_a.template store<kDigitsOfA>(next), load_b.template store<kDigits>(next + kTileWords);
    }
    __syncthreads();
  }
  finish(plan, block, thread, sums, result, Put{plan.pieces > 1});
}

struct Pieces {
  int64_t count, length;
};

// Few rows: a thread adds up a column's products with all of them over a piece of the sum; a warp does where the words of a column lie together.
template <class B>
__global__ void __launch_bounds__(kThreads)
    multiply_thin(const ProductSizes sizes, const Pieces pieces, const Matrix a, const B b, const bool by_warps, const Result result) {
  const Put put{pieces.count > 1};
  const int together = by_warps ? 32 : 1;
  const int64_t work = sizes.products * pieces.count * sizes.columns * together;
  // A whole warp takes the loop together: `work` is a multiple of 32 by warps.
  for (int64_t i = first_index(); i < work; i += index_step()) {
    const int64_t column = i / together % sizes.columns, rest = i / together / sizes.columns, product = rest / pieces.count;
    const int64_t from = rest % pieces.count * pieces.length, end = from + pieces.length < sizes.length ? from + pieces.length : sizes.length;
    uint64_t sums[kThinRows];
    partial_dots(a, b, product, static_cast<int>(sizes.rows), column, from + i % together, end, together, sums);
#pragma unroll
    for (int r = 0; r < kThinRows; ++r) {
      if (r >= sizes.rows) break;
      if (by_warps) {
#pragma unroll
        for (int distance = 16; distance > 0; distance /= 2) sums[r] += __shfl_xor_sync(~0u, static_cast<unsigned long long>(sums[r]), distance);
      }
      if (i % together == 0) put(result.place(product, r, column), sums[r]);
    }
  }
}

cudaError_t clear(const Result& result, int64_t words, cudaStream_t stream) {
  return cudaMemsetAsync(result.data, 0, static_cast<size_t>(words) * sizeof(uint64_t), stream);
}

// The multiprocessors of the current device: a block of tiles takes a whole one.
cudaError_t processors(int& count) {
  int device = 0;
  if (const auto error = cudaGetDevice(&device); error != cudaSuccess) return error;
  return cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device);
}

template <int kDigitsOfA, class B>
cudaError_t by_digits(const Matrix& a, const B& b, bool b_along_sum, const ProductSizes& sizes, const Result& result, int64_t result_words,
                      cudaStream_t stream) {
  constexpr auto kernel = multiply_tiles<kDigitsOfA, B>;
  int count = 0;
  if (const auto error = processors(count); error != cudaSuccess) return error;
  const auto plan = Plan::of(sizes.rows, sizes.columns, sizes.length, sizes.products, count);
  if (plan.blocks() > INT32_MAX) return cudaErrorInvalidConfiguration;
  if (plan.pieces > 1) {
    if (const auto error = clear(result, result_words, stream); error != cudaSuccess) return error;
  }
  if (const auto error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes); error != cudaSuccess) return error;
  return launch_shared(kSharedBytes, kernel, static_cast<unsigned>(plan.blocks()), ring_tiles::kThreads, stream, plan, a, a.k_stride == 1, b, b_along_sum, result);
}

template <class B>
cudaError_t by_tiles(const Matrix& a, const B& b, bool b_along_sum, const ProductSizes& sizes, const Result& result, int64_t result_words,
                     cudaStream_t stream) {
  switch (digits_of(sizes.a_bits)) {
    case 2:
      return by_digits<2>(a, b, b_along_sum, sizes, result, result_words, stream);
    case 3:
      return by_digits<3>(a, b, b_along_sum, sizes, result, result_words, stream);
    case 4:
      return by_digits<4>(a, b, b_along_sum, sizes, result, result_words, stream);
    default:
      return by_digits<kDigits>(a, b, b_along_sum, sizes, result, result_words, stream);
  }
}

template <class B>
cudaError_t by_dots(const Matrix& a, const B& b, bool by_warps, const ProductSizes& sizes, const Result& result, int64_t result_words, cudaStream_t stream) {
  int count = 0;
  if (const auto error = processors(count); error != cudaSuccess) return error;
  constexpr int64_t kThreadsWanted = 1024, kShortest = 64;  // on each multiprocessor; steps of a thread
  const int64_t together = by_warps ? 32 : 1, outputs = sizes.products * sizes.columns * together;
  const int64_t piece = piece_length(sizes.length, outputs, count * kThreadsWanted, kShortest * together, together);
  const Pieces pieces{(sizes.length + piece - 1) / piece, piece};
  if (pieces.count > 1) {
    if (const auto error = clear(result, result_words, stream); error != cudaSuccess) return error;
  }
  return launch(multiply_thin<B>, blocks_for(outputs * pieces.count), stream, sizes, pieces, a, b, by_warps, result);
}

}  // namespace

cudaError_t multiply(const Matrix& a, const Matrix& b, const ProductSizes& sizes, const Result& result, int64_t result_words, cudaStream_t stream) {
  if (sizes.rows <= kThinRows) return by_dots(a, b, b.k_stride == 1, sizes, result, result_words, stream);
  // (A·B)ᵀ = Bᵀ·Aᵀ
  const Result transposed{result.data, result.product_stride, result.column_stride, result.row_stride, sizes.rows, 0};
  const ProductSizes exchanged{sizes.columns, sizes.rows, sizes.length, sizes.products, sizes.b_bits, sizes.a_bits};
  if (sizes.columns <= kThinRows) return by_dots(b, a, a.k_stride == 1, exchanged, transposed, result_words, stream);
  if (sizes.b_bits < sizes.a_bits) return by_tiles(b, a, a.k_stride == 1, exchanged, transposed, result_words, stream);  // the left one has fewer digits
  return by_tiles(a, b, b.k_stride == 1, sizes, result, result_words, stream);
}

cudaError_t multiply(const Matrix& a, const Patches& b, const ProductSizes& sizes, const Result& result, int64_t result_words, cudaStream_t stream) {
  if (sizes.rows <= kThinRows) return by_dots(a, b, false, sizes, result, result_words, stream);
  return by_tiles(a, b, false, sizes, result, result_words, stream);
}

}  // namespace crypten::cuda
