#include "crypten_core/kernels/ring_tile.h"

#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "tests/crypten_core/kernels/cases.h"

namespace crypten::ring_tiles {
namespace {

using namespace crypten::test;

const uint64_t* in(const at::Tensor& tensor) { return reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>()); }
uint64_t* out(at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()); }

struct Registers {
  uint32_t a[4], b[2];
  uint8_t a_byte(int i) const { return static_cast<uint8_t>(a[i / 4] >> 8 * (i % 4)); }
  uint8_t b_byte(int i) const { return static_cast<uint8_t>(b[i / 4] >> 8 * (i % 4)); }
};

// mma.sync.m16n8k32 for unsigned bytes as the PTX ISA defines its fragments: groupID = lane / 4, threadID_in_group = lane mod 4.
// False: an accumulator ran over.
bool multiply(const std::array<Registers, 32>& lanes, std::array<int32_t*, 32> sums) {
  bool exact = true;
  int32_t a[16][32], b[32][8];
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane / 4, t = lane % 4;
    for (int i = 0; i < 16; ++i)
      a[(i < 4 || (i >= 8 && i < 12)) ? group : group + 8][t * 4 + (i & 3) + (i < 8 ? 0 : 16)] = lanes[static_cast<size_t>(lane)].a_byte(i);
    for (int i = 0; i < 8; ++i) b[t * 4 + (i & 3) + (i < 4 ? 0 : 16)][group] = lanes[static_cast<size_t>(lane)].b_byte(i);
  }
  for (int lane = 0; lane < 32; ++lane) {
    for (int c = 0; c < 4; ++c) {
      const int row = c < 2 ? lane / 4 : lane / 4 + 8, column = lane % 4 * 2 + (c & 1);
      int64_t sum = sums[static_cast<size_t>(lane)][c];
      for (int k = 0; k < 32; ++k) sum += a[row][k] * b[k][column];
      exact &= sum <= INT32_MAX;
      sums[static_cast<size_t>(lane)][c] = static_cast<int32_t>(sum);
    }
  }
  return exact;
}

// What a device does, thread by thread between barriers. Instructions whose results are beyond the last row or column are left out.
template <class A, class B>
void run(const Plan& plan, const A& a, const B& b, bool a_along_sum, bool b_along_sum, const Result& result) {
  std::vector<uint32_t> tile_a(kTileWords), tile_b(kTileWords);
  struct Thread {
    Sums sums;
  };
  bool exact = true;
  for (int64_t number = 0; number < plan.blocks(); ++number) {
    const auto block = Block::of(plan, number);
    std::vector<Thread> threads(kThreads, Thread{});
    for (int64_t k = block.from; k < block.end; k += kStep) {
      for (int t = 0; t < kThreads; ++t) {
        for (int q = 0; q < kLoads; ++q) {
          uint64_t words[4];
          const auto from_a = Load::of(t, q, a_along_sum), from_b = Load::of(t, q, b_along_sum);
          a.four(a.line(block.product, block.row + from_a.line), k + 4 * from_a.group, block.end, words);
          store_digits(tile_a.data(), from_a, words);
          b.four(b.line(block.product, block.column + from_b.line), k + 4 * from_b.group, block.end, words);
          store_digits(tile_b.data(), from_b, words);
        }
      }
      for (int warp = 0; warp < kWarps; ++warp) {
        for (int m = 0; m < 2; ++m) {
          for (int n = 0; n < 2; ++n) {
            const int row = warp_row(warp) + 16 * m, column = warp_column(warp) + 8 * n;
            if (block.row + row >= plan.rows || block.column + column >= plan.columns) continue;
            for (int i = 0; i < kDigits; ++i) {
              for (int j = 0; i + j < kDigits; ++j) {
                std::array<Registers, 32> lanes{};
                std::array<int32_t*, 32> sums{};
                for (int lane = 0; lane < 32; ++lane) {
                  auto& registers = lanes[static_cast<size_t>(lane)];
                  load_rows(tile_a.data(), i, row, lane, registers.a);
                  load_columns(tile_b.data(), j, column, lane, registers.b);
                  sums[static_cast<size_t>(lane)] = threads[static_cast<size_t>(32 * warp + lane)].sums[i + j][m][n];
                }
                exact &= multiply(lanes, sums);
              }
            }
          }
        }
      }
    }
    for (int t = 0; t < kThreads; ++t)
      finish(plan, block, t, threads[static_cast<size_t>(t)].sums, result, [](uint64_t* place, uint64_t value) { *place += value; });
  }
  CHECK(exact);
}

at::Tensor product(const at::Tensor& a, const at::Tensor& b, int64_t processors = 1) {  // of matrices
  const auto plan = Plan::of(a.size(0), b.size(1), a.size(1), 1, processors);
  auto c = at::zeros({a.size(0), b.size(1)}, at::kLong);
  const Matrix left{in(a), a.size(0), 0, a.stride(0), a.stride(1)}, right{in(b), b.size(1), 0, b.stride(1), b.stride(0)};
  run(plan, left, right, a.stride(1) == 1, b.stride(0) == 1, {out(c), 0, c.size(1), 1, c.size(1), 0});
  return c;
}

}  // namespace

TEST_CASE("four words become eight words of digits, and digits of one place the word") {
  const auto words = random_words({4});
  const uint64_t four[4] = {in(words)[0], in(words)[1], in(words)[2], in(words)[3]};
  uint32_t digits[kDigits];
  split_digits(four, digits);
  for (int d = 0; d < 8; ++d) {
    for (int j = 0; j < 4; ++j) CHECK((digits[d] >> 8 * j & 0xff) == (four[j] >> 8 * d & 0xff));
  }
  const int32_t sums[8] = {1, 2, 3, 4, 5, 6, 7, INT32_MAX};
  CHECK(recombine(sums) == 0xff07060504030201);
  const int32_t negative[8] = {-1, 0, 0, 0, 0, 0, 0, 0};
  CHECK(recombine(negative) == ~uint64_t{0});
  CHECK((digits_of(1) == 2 && digits_of(16) == 2 && digits_of(17) == 3 && digits_of(32) == 4 && digits_of(33) == kDigits));
}

TEST_CASE("all loads of a block's threads fill a tile, each place once") {
  for (const bool along_sum : {false, true}) {
    std::set<int> places;
    for (int t = 0; t < kThreads; ++t) {
      for (int q = 0; q < kLoads; ++q) {
        const auto load = Load::of(t, q, along_sum);
        REQUIRE((load.line >= 0 && load.line < kTile && load.group >= 0 && load.group < kGroups));
        for (int d = 0; d < kDigits; ++d) places.insert(tile_place(d, load.line, load.group));
      }
    }
    CHECK(places.size() == static_cast<size_t>(kTileWords));
    CHECK((*places.begin() == 0 && *places.rbegin() == kTileWords - 1));
  }
}

TEST_CASE("blocks cover every step of every result once") {
  for (const auto& [rows, columns, length, products, processors] : {std::array<int64_t, 5>{1, 1, 1, 1, 1},
                                                                    {64, 64, 32, 1, 132},
                                                                    {65, 130, 5000, 3, 1},
                                                                    {65, 130, 5000, 3, 132},
                                                                    {10, 10, 20000, 1, 132},
                                                                    {200, 7, 257, 2, 400}}) {
    const auto plan = Plan::of(rows, columns, length, products, processors);
    int64_t results = 0;
    for (int64_t number = 0; number < plan.blocks(); ++number) {
      const auto block = Block::of(plan, number);
      REQUIRE(
          (block.row < rows && block.column < columns && block.product < products && block.from < block.end && block.end <= length && block.from % kStep == 0));
      REQUIRE(block.end - block.from <= kMostLength);
      results += std::min<int64_t>(kTile, rows - block.row) * std::min<int64_t>(kTile, columns - block.column) * (block.end - block.from);
    }
    CHECK(results == rows * columns * length * products);
  }
}

TEST_CASE("the tiles of a device's block give the ring product, for shapes around a tile and operands of any strides") {
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{1, 1, 1}, {16, 32, 8}, {17, 33, 9}, {64, 64, 64}, {70, 45, 66}, {3, 300, 130}}) {
    const auto a = random_words({m, k}), b = random_words({k, n});
    INFO(m << " x " << k << " x " << n);
    CHECK(at::equal(product(a, b), ring_matmul(a, b)));
    CHECK(at::equal(product(a, random_words({n, k}).t().copy_(b)), ring_matmul(a, b)));
    CHECK(at::equal(product(random_words({k, m}).t().copy_(a), b), ring_matmul(a, b)));
  }
  const auto a = random_words({9, 1100}), b = random_words({1100, 5});
  CHECK(at::equal(product(a, b, 132), ring_matmul(a, b)));  // in pieces
}

TEST_CASE("the tiles of a device's block are exact for all-ones operands of length 20000 and for edges") {
  CHECK(at::equal(product(at::full({3, 20000}, int64_t{-1}), at::full({20000, 5}, int64_t{-1})), at::full({3, 5}, int64_t{20000})));
  const auto edges = at::tensor(
      {int64_t{0}, int64_t{1}, int64_t{-1}, INT64_MIN, INT64_MAX, int64_t{0x00ff00ff00ff00ff}, int64_t{-0x00ff00ff00ff0100}, int64_t{1} << 32}, at::kLong);
  CHECK(at::equal(product(edges.unsqueeze(1), edges.unsqueeze(0)), edges.unsqueeze(1) * edges.unsqueeze(0)));
}

TEST_CASE("patches of images are the second operand of a convolution, by tiles and by thin products") {
  for (const auto& options :
       {Conv2dOptions{}, Conv2dOptions{.stride = {2, 1}, .padding = {1, 2}}, Conv2dOptions{.padding = {2, 0}, .dilation = {2, 3}, .groups = 2}}) {
    const auto images = random_words({3, 4, 9, 8}), weights = random_words({6, 4 / options.groups, 3, 2});
    const auto expected = ring_conv2d(images, weights, options);
    const auto size = [](int64_t value) { return static_cast<int32_t>(value); };
    const int64_t positions = expected.size(2) * expected.size(3), columns = 3 * positions, rows = 6 / options.groups, length = weights.size(1) * 6;
    const Patches patches{in(images),
                          columns,
                          4,
                          9,
                          8,
                          size(weights.size(1)),
                          3,
                          2,
                          size(expected.size(2)),
                          size(expected.size(3)),
                          size(options.stride[0]),
                          size(options.stride[1]),
                          size(options.padding[0]),
                          size(options.padding[1]),
                          size(options.dilation[0]),
                          size(options.dilation[1])};
    const Matrix matrix{in(weights), rows, rows * length, length, 1};
    auto by_tiles = at::zeros_like(expected), by_dots = at::zeros_like(expected);
    const auto place = [&](at::Tensor& c) { return Result{out(c), rows * positions, positions, 1, positions, 6 * positions}; };
    run(Plan::of(rows, columns, length, options.groups, 1), matrix, patches, true, false, place(by_tiles));
    CHECK(at::equal(by_tiles, expected));
    for (int64_t g = 0; g < options.groups; ++g) {
      for (int64_t column = 0; column < columns; ++column) {
        for (int64_t from = 0; from < 2; ++from) {  // as two lanes would
          uint64_t sums[kThinRows];
          partial_dots(matrix, patches, g, static_cast<int>(rows), column, from, length, 2, sums);
          for (int64_t r = 0; r < rows; ++r) *place(by_dots).place(g, r, column) += sums[r];
        }
      }
    }
    CHECK(at::equal(by_dots, expected));
  }
}

TEST_CASE("sums are cut into pieces that keep a device busy") {
  CHECK(piece_length(4096, 1000, 132, 256, 32) == 4096);
  CHECK(piece_length(4096, 1, 4, 256, 32) == 1024);
  CHECK(piece_length(4096, 1, 132, 256, 32) == 256);
  CHECK(piece_length(100, 1, 132, 256, 32) == 256);
  CHECK(piece_length(1001, 1, 2, 1, 32) == 512);
}

}  // namespace crypten::ring_tiles
