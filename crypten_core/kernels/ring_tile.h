// Products mod 2^64 on tensor cores for 8-bit integers: the steps of one thread of cuda/ring_product.cu, so that tests can take all of them on the CPU.
// A word is its eight bytes, Σ d_i · 2^(8i): unsigned digits that cost nothing to make. Mod 2^64 only the 36 products d_i · e_j with i + j ≤ 7 count; those of
// equal i + j share an accumulator of 32 bits, which stays below 2^31 for 4,096 steps of the sum; the eight accumulators are put together at the end. Longer
// sums are cut into pieces, whose results are added in memory: addition mod 2^64 gives the same in any order. Where A's words are known to be signed numbers of
// few bits, they have fewer digits, the highest of them signed: 15 products for 16 bits, 21 for 24, 26 for 32. A block of 256 threads computes 64 × 64 results,
// 32 steps of the sum at a time, from two tiles in shared memory; each of its eight warps 32 × 16 results by mma.sync.m16n8k32 (PTX ISA, "Matrix Fragments for
// mma.m16n8k32": the layouts below).
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/kernels/bytes.h"
#include "crypten_core/kernels/ring_operands.h"

namespace crypten::ring_tiles {

inline constexpr int kDigits = 8;          // of a word
inline constexpr int kTile = 64;           // rows and columns of a block's results
inline constexpr int kStep = 32;           // of the sum between two barriers
inline constexpr int kGroups = kStep / 4;  // four steps are one word of digits
inline constexpr int kThreads = 256, kWarps = kThreads / 32;
inline constexpr int kRowsOfWarp = 32, kColumnsOfWarp = 16, kWarpsAcross = kTile / kColumnsOfWarp;
inline constexpr int kLoads = kTile * kGroups / kThreads;     // groups of each operand that a thread loads
inline constexpr int kTileWords = kDigits * kTile * kGroups;  // 32-bit words of an operand's tile
inline constexpr int64_t kMostLength = 4096;
static_assert(kDigits * int64_t{255} * 255 * kMostLength < int64_t{1} << 31, "eight products of digits in each step must fit a signed accumulator");
// Digits of an A whose words are signed numbers of `bits` bits.
CRYPTEN_HOST_DEVICE constexpr int digits_of(int bits) { return bits <= 16 ? 2 : bits <= 24 ? 3 : bits <= 32 ? 4 : kDigits; }
// Products of those with the digits of B.
CRYPTEN_HOST_DEVICE constexpr int digit_products(int digits) { return digits * kDigits - digits * (digits - 1) / 2; }
static_assert(digit_products(kDigits) == 36 && digit_products(2) == 15);
static_assert(kWarps * kRowsOfWarp * kColumnsOfWarp == kTile * kTile && kLoads * kThreads == kTile * kGroups);

// How a product is cut into blocks.
struct Plan {
  int64_t rows, columns, length, products, piece;  // piece: steps of the sum in a block
  int64_t row_tiles, column_tiles, pieces;

  // `processors`: blocks that the device runs at once.
  CRYPTEN_HOST_DEVICE static Plan of(int64_t rows, int64_t columns, int64_t length, int64_t products, int64_t processors) {
    Plan plan{rows, columns, length, products, 0, (rows + kTile - 1) / kTile, (columns + kTile - 1) / kTile, 0};
    constexpr int64_t kShortest = 256;  // steps that are worth an addition in memory
    const int64_t piece = piece_length(length, products * plan.row_tiles * plan.column_tiles, processors, kShortest, kStep);
    plan.piece = piece < kMostLength ? piece : kMostLength;
    plan.pieces = (length + plan.piece - 1) / plan.piece;
    return plan;
  }
  CRYPTEN_HOST_DEVICE int64_t blocks() const { return products * row_tiles * column_tiles * pieces; }
};

// What a block computes: results from (row, column) on, over the steps from … end − 1. Neighbours share columns of B.
struct Block {
  int64_t product, row, column, from, end;
  CRYPTEN_HOST_DEVICE static Block of(const Plan& plan, int64_t number) {
    Block block;
    block.row = number % plan.row_tiles * kTile, number /= plan.row_tiles;
    block.column = number % plan.column_tiles * kTile, number /= plan.column_tiles;
    block.from = number % plan.pieces * plan.piece, block.product = number / plan.pieces;
    const int64_t end = block.from + plan.piece;
    block.end = end < plan.length ? end : plan.length;
    return block;
  }
};

// The lines and groups of a tile that a thread loads. Neighbouring threads read neighbouring words: along the sum, or along the lines.
struct Load {
  int line, group;
  CRYPTEN_HOST_DEVICE static Load of(int thread, int number, bool along_sum) {
    const int i = number * kThreads + thread;
    if (along_sum) return {i / kGroups, i % kGroups};
    return {(i & 7) | (i >> 5 & 7) << 3, (i >> 3 & 3) | (i >> 8 & 1) << 2};
  }
};

// Four words as eight words of four digits each.
CRYPTEN_HOST_DEVICE void split_digits(const uint64_t (&words)[4], uint32_t (&digits)[kDigits]) {
  CRYPTEN_UNROLL
  for (int j = 0; j < 4; ++j) digits[j] = static_cast<uint32_t>(words[j]), digits[4 + j] = static_cast<uint32_t>(words[j] >> 32);
  transpose_bytes(digits[0], digits[1], digits[2], digits[3]);
  transpose_bytes(digits[4], digits[5], digits[6], digits[7]);
}

CRYPTEN_HOST_DEVICE int tile_place(int digit, int line, int group) { return (digit * kTile + line) * kGroups + group; }

// The lowest kCount digits.
template <int kCount = kDigits>
CRYPTEN_HOST_DEVICE void store_digits(uint32_t* tile, const Load& load, const uint64_t (&words)[4]) {
  uint32_t digits[kDigits];
  split_digits(words, digits);
  CRYPTEN_UNROLL
  for (int d = 0; d < kCount; ++d) tile[tile_place(d, load.line, load.group)] = digits[d];
}

// What a thread holds of an operand in a matrix instruction: the groups 2t and 2t + 1 of a line, t = lane mod 4, which lie together. The instruction calls them
// columns 4t … and 16 + 4t …; a sum may take its steps in any order, as long as both operands take the same.
CRYPTEN_HOST_DEVICE int fragment_place(int digit, int first_line, int lane) { return tile_place(digit, first_line + lane / 4, 2 * (lane % 4)); }

CRYPTEN_HOST_DEVICE void load_pair(const uint32_t* from, uint32_t& first, uint32_t& second) {
#ifdef __CUDA_ARCH__
  const uint2 pair = *reinterpret_cast<const uint2*>(from);
  first = pair.x, second = pair.y;
#else
  first = from[0], second = from[1];
#endif
}
CRYPTEN_HOST_DEVICE void load_rows(const uint32_t* tile, int digit, int first_row, int lane, uint32_t (&a)[4]) {
  load_pair(tile + fragment_place(digit, first_row, lane), a[0], a[2]);
  load_pair(tile + fragment_place(digit, first_row + 8, lane), a[1], a[3]);
}
CRYPTEN_HOST_DEVICE void load_columns(const uint32_t* tile, int digit, int first_column, int lane, uint32_t (&b)[2]) {
  load_pair(tile + fragment_place(digit, first_column, lane), b[0], b[1]);
}

// The corner of a warp's results in the block's.
CRYPTEN_HOST_DEVICE int warp_row(int warp) { return warp / kWarpsAcross * kRowsOfWarp; }
CRYPTEN_HOST_DEVICE int warp_column(int warp) { return warp % kWarpsAcross * kColumnsOfWarp; }
// Of accumulator c < 4 in the 16 × 8 results of an instruction.
CRYPTEN_HOST_DEVICE int accumulator_row(int lane, int c) { return lane / 4 + c / 2 * 8; }
CRYPTEN_HOST_DEVICE int accumulator_column(int lane, int c) { return lane % 4 * 2 + c % 2; }

// Σ sums[s] · 2^(8s); with signed digits sums may be negative.
CRYPTEN_HOST_DEVICE uint64_t recombine(const int32_t (&sums)[kDigits]) {
  uint64_t result = 0;
  CRYPTEN_UNROLL
  for (int s = 0; s < kDigits; ++s) result += static_cast<uint64_t>(int64_t{sums[s]}) << 8 * s;
  return result;
}

// A thread's accumulators: of equal i + j, of its warp's 2 × 2 instructions, of an instruction.
using Sums = int32_t[kDigits][2][2][4];

// Hands a thread's results, each with its place, to put(place, value).
template <class Put>
CRYPTEN_HOST_DEVICE void finish(const Plan& plan, const Block& block, int thread, const Sums& sums, const Result& result, const Put& put) {
  const int warp = thread / 32, lane = thread % 32;
  CRYPTEN_UNROLL
  for (int i = 0; i < 2; ++i) {
    CRYPTEN_UNROLL
    for (int j = 0; j < 2; ++j) {
      CRYPTEN_UNROLL
      for (int c = 0; c < 4; ++c) {
        const int64_t row = block.row + warp_row(warp) + 16 * i + accumulator_row(lane, c),
                      column = block.column + warp_column(warp) + 8 * j + accumulator_column(lane, c);
        const int32_t of_one[kDigits] = {sums[0][i][j][c], sums[1][i][j][c], sums[2][i][j][c], sums[3][i][j][c],
                                         sums[4][i][j][c], sums[5][i][j][c], sums[6][i][j][c], sums[7][i][j][c]};
        if (row < plan.rows && column < plan.columns) put(result.place(block.product, row, column), recombine(of_one));
      }
    }
  }
}

}  // namespace crypten::ring_tiles
