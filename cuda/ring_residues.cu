#include <array>

#include "cuda/instructions.h"
#include "cuda/launch.h"
#include "cuda/ring_residues.h"
#include "cuda/warpgroup.h"

namespace crypten::cuda {
namespace {

using namespace ring_residues;
using ring_tiles::Matrix;
using ring_tiles::Patches;
using ring_tiles::Result;

struct alignas(16) Sixteen {
  uint32_t words[4];
};

// Lines of an operand over a piece of the sum: product by product, modulus by modulus; then as images, tile by tile, step by step, or as rows of a matrix.
struct Lines {
  int64_t first_product, products, first_line, tiles, from, end, steps;
  int tile_lines, moduli;
  bool along_sum;  // neighbouring words of a line lie together
  bool images;

  __host__ __device__ int64_t chunks() const { return steps * kChunks; }
  __host__ __device__ int64_t work() const { return products * tiles * tile_lines * chunks(); }
};

// A thread takes 16 words of a line to their remainders. Threads of a warp write 512 bytes that lie together, or four times 128.
template <class Operand>
__global__ void __launch_bounds__(kThreads) split(const Splitter splitter, const Operand operand, const Lines lines, uint8_t* const bytes_of_lines) {
  const int64_t of_product = lines.tiles * lines.tile_lines, tile_bytes = lines.steps * image_bytes(lines.tile_lines);
  const int64_t work = lines.work();
  for (int64_t i = first_index(); i < work; i += index_step()) {
    int64_t line, chunk, rest;
    if (lines.along_sum) {
      rest = i / 8, chunk = rest % lines.chunks(), rest /= lines.chunks();
      line = i % 8 + rest % (of_product / 8) * 8, rest /= of_product / 8;
    } else {
      line = i % of_product, rest = i / of_product;
      chunk = rest % lines.chunks(), rest /= lines.chunks();
    }
    const auto source = operand.line(lines.first_product + rest, lines.first_line + line);
    uint64_t words[4][4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      operand.four(source, lines.from + chunk * kChunk + 4 * j, lines.end, words[j]);
#pragma unroll
      for (int n = 0; n < 4; ++n) words[j][n] = without_sign(words[j][n]);
    }
    const int64_t in_tile = lines.images ? chunk / kChunks * image_bytes(lines.tile_lines) +
                                               image_place(static_cast<int>(line % lines.tile_lines), static_cast<int>(chunk % kChunks) * kChunk)
                                         : line % lines.tile_lines * lines.steps * kStep + chunk * kChunk;
    uint8_t* const place = bytes_of_lines + (rest * lines.moduli * lines.tiles + line / lines.tile_lines) * tile_bytes + in_tile;
    for (int m = 0; m < lines.moduli; ++m) {
      const auto& of = splitter.of[m];
      Sixteen bytes;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        bytes.words[j] = remainder_byte(words[j][0], of) | remainder_byte(words[j][1], of) << 8 | remainder_byte(words[j][2], of) << 16 |
                         remainder_byte(words[j][3], of) << 24;
      }
      *reinterpret_cast<Sixteen*>(place + m * lines.tiles * tile_bytes) = bytes;
    }
  }
}

// Shared memory: the images of kStages steps, then a barrier for each.
constexpr int kStages = 4, kLeftBytes = image_bytes(kLeftLines), kRightBytes = image_bytes(kRightLines), kStageBytes = kLeftBytes + kRightBytes;
constexpr int kBarriersAt = kStages * kStageBytes, kSharedBytesOfProducts = kBarriersAt + kStages * static_cast<int>(sizeof(uint64_t));

// A block multiplies the remainders of 192 by 256 lines modulo one number. A step that has been read makes room for the one four further on: its copy is on the
// way while three others are multiplied. Why this tile: its 4 · 3 instructions of a step take 1536 clocks of the tensor cores at best (4096 products of bytes a
// clock); they read 12 · 10 KiB of shared memory, 960 clocks at 128 bytes a clock, into which copies write 56 KiB, 448 clocks: both fit. Those 56 KiB in 1536
// clocks are 37 bytes a clock from the L2 cache, the least that any tile takes whose accumulators, here 128 registers of each of 384 threads, have room in a
// multiprocessor.
__global__ void __launch_bounds__(kBlockThreads, 1)
    multiply_remainders(const Plan plan, const Reducers reducers, const uint8_t* const left, const uint8_t* const right, uint8_t* const coefficients) {
#if defined(__CUDA_ARCH__) && !defined(__CUDA_ARCH_FEAT_SM90_ALL)
  __trap();  // never launched: has_warpgroup_products()
#else
  auto* const shared = reinterpret_cast<uint8_t*>(shared_words());
  auto* const barriers = reinterpret_cast<uint64_t*>(shared + kBarriersAt);
  const auto thread = static_cast<int>(threadIdx.x);
  const auto place = Place::of(plan, blockIdx.x);
  const int64_t matrix = place.product * plan.moduli + place.modulus;
  const uint8_t* const from_left = left + (matrix * plan.row_tiles + place.row_tile) * plan.steps * kLeftBytes;
  const uint8_t* const from_right = right + (matrix * plan.column_tiles + place.column_tile) * plan.steps * kRightBytes;
  const auto steps = static_cast<int>(plan.steps);
  const auto load = [&](int step) {
    uint64_t* const barrier = barriers + step % kStages;
    uint8_t* const stage = shared + step % kStages * kStageBytes;
    expect_bytes(barrier, kStageBytes);
    copy_later(stage, from_left + int64_t{step} * kLeftBytes, kLeftBytes, barrier);
    copy_later(stage + kLeftBytes, from_right + int64_t{step} * kRightBytes, kRightBytes, barrier);
  };
  if (thread == 0) {
    for (int stage = 0; stage < kStages; ++stage) make_barrier(barriers + stage);
    publish_barriers();
    for (int step = 0; step < kStages && step < steps; ++step) load(step);
  }
  __syncthreads();
  const uint64_t first_left = descriptor(shared_address(shared) + static_cast<uint32_t>(thread / kGroupThreads * image_bytes(kGroupLines))),
                 first_right = descriptor(shared_address(shared + kLeftBytes));
  int32_t sums[kSums];
  for (int step = 0; step < steps; ++step) {
    wait_for_phase(barriers + step % kStages, static_cast<uint32_t>(step / kStages % 2));
    begin_products();
#pragma unroll
    for (int i = 0; i < kInstructions; ++i) {
      const auto further = static_cast<uint32_t>(step % kStages * kStageBytes + i * kInstructionOffset) >> 4;  // stays within the address's bits
      multiply_later(sums, first_left + further, first_right + further, step > 0 || i > 0);
    }
    group_products();
    wait_for_products<1>();
    __syncthreads();  // all warpgroups have read the step before
    if (thread == 0 && step > 0 && step - 1 + kStages < steps) load(step - 1 + kStages);
  }
  wait_for_products<0>();
  read_sums(sums);
  const auto reducer = reducers.of[place.modulus];
  auto* const out =
      reinterpret_cast<Sixteen*>(coefficients + ((matrix * plan.column_tiles + place.column_tile) * plan.row_tiles + place.row_tile) * kTileBytes);
#pragma unroll
  for (int q = 0; q < kSums / 16; ++q) {
    Sixteen bytes;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      bytes.words[j] = reduce(sums[16 * q + 4 * j], reducer) | reduce(sums[16 * q + 4 * j + 1], reducer) << 8 |
                       reduce(sums[16 * q + 4 * j + 2], reducer) << 16 | reduce(sums[16 * q + 4 * j + 3], reducer) << 24;
    }
    out[q * kBlockThreads + thread] = bytes;
  }
#endif
}

// Where a part of a result lies in it.
struct Corner {
  int64_t product, products, row, rows, column, columns;  // first ones, and how many there are from there on
};

// A thread puts 16 results together, from what one thread of multiply_remainders wrote of each modulus.
__global__ void __launch_bounds__(kThreads)
    put_together(const Weights weights, const Plan plan, const Corner corner, const uint8_t* const coefficients, const Result result, const bool add) {
  constexpr int kOfTile = kTileBytes / 16;
  const int64_t tiles = plan.row_tiles * plan.column_tiles, work = corner.products * tiles * kOfTile;
  for (int64_t i = first_index(); i < work; i += index_step()) {
    const auto piece = static_cast<int>(i % kOfTile), thread = piece % kBlockThreads, first = piece / kBlockThreads * 16;
    const int64_t tile = i / kOfTile % tiles, product = i / kOfTile / tiles;
    const int64_t first_row = tile % plan.row_tiles * kLeftLines + thread / kGroupThreads * kGroupLines, first_column = tile / plan.row_tiles * kRightLines;
    if (first_row >= corner.rows || first_column + sum_column(0, first) >= corner.columns) continue;
    Total totals[16];
    const auto* const from = reinterpret_cast<const Sixteen*>(coefficients + (product * plan.moduli * tiles + tile) * kTileBytes) + piece;
    for (int m = 0; m < plan.moduli; ++m) {
      const Sixteen bytes = from[m * tiles * kOfTile];
#pragma unroll
      for (int n = 0; n < 16; ++n) totals[n].add(bytes.words[n / 4] >> 8 * (n % 4) & 0xff, weights.weight[m], weights.fraction[m]);
    }
#pragma unroll
    for (int n = 0; n < 16; ++n) {
      const int64_t row = first_row + sum_row(thread % kGroupThreads, first + n), column = first_column + sum_column(thread % kGroupThreads, first + n);
      if (row >= corner.rows || column >= corner.columns) continue;
      uint64_t* const place = result.place(corner.product + product, corner.row + row, corner.column + column);
      const uint64_t word = totals[n].word(weights);
      *place = add ? *place + word : word;
    }
  }
}

// The same from the sums themselves, matrices of as many rows and columns as the tiles have; a thread for each result.
__global__ void __launch_bounds__(kThreads) put_sums_together(const Weights weights, const Reducers reducers, const Plan plan, const Corner corner,
                                                              const int32_t* const sums, const Result result, const bool add) {
  const int64_t all_rows = plan.row_tiles * kLeftLines, all_columns = plan.column_tiles * kRightLines, work = corner.products * corner.rows * corner.columns;
  for (int64_t i = first_index(); i < work; i += index_step()) {
    const int64_t column = i % corner.columns, row = i / corner.columns % corner.rows, product = i / corner.columns / corner.rows;
    Total total;
    for (int m = 0; m < plan.moduli; ++m) {
      const int32_t sum = sums[((product * plan.moduli + m) * all_rows + row) * all_columns + column];
      total.add(reduce(sum, reducers.of[m]), weights.weight[m], weights.fraction[m]);
    }
    uint64_t* const place = result.place(corner.product + product, corner.row + row, corner.column + column);
    const uint64_t word = total.word(weights);
    *place = add ? *place + word : word;
  }
}

// What depends on the number of moduli, made once.
struct Tables {
  Splitter left, right;
  Weights weights;
};
const Tables& tables(int moduli) {
  static const auto all = [] {
    std::array<Tables, kModuli> made;
    for (int n = 1; n <= kModuli; ++n) made[static_cast<size_t>(n - 1)] = {splitter(n, true), splitter(n, false), weights(n)};
    return made;
  }();
  return all[static_cast<size_t>(moduli - 1)];
}

template <class Operand>
cudaError_t launch_split(bool left, const Operand& operand, const Lines& lines, uint8_t* images, cudaStream_t stream) {
  const Tables& of = tables(lines.moduli);
  return launch(split<Operand>, blocks_for(lines.work()), stream, left ? of.left : of.right, operand, lines, images);
}

constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// The part whose operands are split, by wgmma where `bytes` is null.
cudaError_t multiply_part(const Plan& plan, const Corner& corner, const Result& result, bool add, const MultiplyBytes* bytes, uint8_t* left, uint8_t* right,
                          uint8_t* sums, cudaStream_t stream) {
  static constexpr Reducers kReducers = reducers();
  const Weights& weights = tables(plan.moduli).weights;
  if (bytes != nullptr) {
    const int64_t rows = plan.row_tiles * kLeftLines, columns = plan.column_tiles * kRightLines, length = plan.steps * kStep;
    for (int64_t i = 0; i < plan.products * plan.moduli; ++i)
      (*bytes)(left + i * rows * length, right + i * columns * length, sums + i * rows * columns * plan.sum_size, rows, columns, length);
    return launch(put_sums_together, blocks_for(corner.products * corner.rows * corner.columns), stream, weights, kReducers, plan, corner,
                  reinterpret_cast<const int32_t*>(sums), result, add);
  }
  const int64_t blocks = plan.products * plan.moduli * plan.row_tiles * plan.column_tiles;
  if (blocks > INT32_MAX) return cudaErrorInvalidConfiguration;
  if (const auto error = cudaFuncSetAttribute(multiply_remainders, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytesOfProducts); error != cudaSuccess)
    return error;
  if (const auto error =
          launch_shared(kSharedBytesOfProducts, multiply_remainders, static_cast<unsigned>(blocks), kBlockThreads, stream, plan, kReducers, left, right, sums);
      error != cudaSuccess)
    return error;
  return launch(put_together, blocks_for(plan.sum_bytes() / plan.moduli / 16), stream, weights, plan, corner, sums, result, add);
}

template <class B>
cudaError_t in_parts(const Matrix& a, const B& b, bool b_along_sum, const ProductSizes& sizes, const Result& result, const Plan& most, void* workspace,
                     const MultiplyBytes* bytes, cudaStream_t stream) {
  auto* const left = static_cast<uint8_t*>(workspace);
  uint8_t *const right = left + most.left_bytes(), *const sums = right + most.right_bytes();
  const int64_t part_rows = most.row_tiles * kLeftLines, part_columns = most.column_tiles * kRightLines, part_length = most.steps * kStep;
  for (int64_t from = 0; from < sizes.length; from += part_length) {
    const int64_t end = least(from + part_length, sizes.length);
    for (int64_t product = 0; product < sizes.products; product += most.products) {
      Plan plan{0, 0, Plan::tiles(end - from, kStep), least(most.products, sizes.products - product), most.sum_size, most.moduli};
      for (int64_t column = 0; column < sizes.columns; column += part_columns) {
        const int64_t columns = least(part_columns, sizes.columns - column);
        plan.column_tiles = Plan::tiles(columns, kRightLines);
        const Lines of_b{product, plan.products, column, plan.column_tiles, from, end, plan.steps, kRightLines, plan.moduli, b_along_sum, bytes == nullptr};
        if (const auto error = launch_split(false, b, of_b, right, stream); error != cudaSuccess) return error;
        for (int64_t row = 0; row < sizes.rows; row += part_rows) {
          const int64_t rows = least(part_rows, sizes.rows - row);
          plan.row_tiles = Plan::tiles(rows, kLeftLines);
          const Lines of_a{product, plan.products, row, plan.row_tiles, from, end, plan.steps, kLeftLines, plan.moduli, a.k_stride == 1, bytes == nullptr};
          if (const auto error = launch_split(true, a, of_a, left, stream); error != cudaSuccess) return error;
          const Corner corner{product, plan.products, row, rows, column, columns};
          if (const auto error = multiply_part(plan, corner, result, from > 0, bytes, left, right, sums, stream); error != cudaSuccess) return error;
        }
      }
    }
  }
  return cudaSuccess;
}

}  // namespace

cudaError_t has_warpgroup_products(bool& has) {
  has = false;
#ifdef CRYPTEN_CUDA_SM90A
  int device = 0, major = 0, minor = 0;
  if (const auto error = cudaGetDevice(&device); error != cudaSuccess) return error;
  if (const auto error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device); error != cudaSuccess) return error;
  if (const auto error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device); error != cudaSuccess) return error;
  has = major == 9 && minor == 0;
#endif
  return cudaSuccess;
}

cudaError_t multiply_residues(const Matrix& a, const Matrix& b, const ProductSizes& sizes, const Result& result, const Plan& plan, void* workspace,
                              const MultiplyBytes* bytes, cudaStream_t stream) {
  return in_parts(a, b, b.k_stride == 1, sizes, result, plan, workspace, bytes, stream);
}

cudaError_t multiply_residues(const Matrix& a, const Patches& b, const ProductSizes& sizes, const Result& result, const Plan& plan, void* workspace,
                              const MultiplyBytes* bytes, cudaStream_t stream) {
  return in_parts(a, b, false, sizes, result, plan, workspace, bytes, stream);
}

}  // namespace crypten::cuda
