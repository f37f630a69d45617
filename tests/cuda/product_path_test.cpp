// The paths by which a device multiplies, each beside the CPU. tools/gpu.sh runs these first.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "crypten_core/kernels/operators.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Where operators::matmul and conv2d run on the device.
struct Forced {
  explicit Forced(const char* path) { setenv("CRYPTEN_CUDA_PRODUCTS", path, 1); }
  ~Forced() { unsetenv("CRYPTEN_CUDA_PRODUCTS"); }
  Forced(const Forced&) = delete;
};

at::Tensor one_there() { return at::ones({1, 1}, at::TensorOptions().dtype(at::kLong).device(kGpu)); }

// False, and said so: the device or the build has no such instructions.
bool lacks(const char* path) {
  const Forced forced(path);
  if (code_of([&] { operators::matmul(one_there(), one_there()); }) != 145) return false;
  WARN("skipped: this device or build has no " << path);
  return true;
}

// Nothing, or where the words differ: for whoever reads what a device did that he cannot ask again.
std::string wrong_words(const at::Tensor& device, const at::Tensor& expected) {
  if (device.sizes() != expected.sizes()) return "another shape";
  const auto wrong = device.cpu().ne(expected).nonzero();
  if (wrong.size(0) == 0) return "";
  std::string text = std::to_string(wrong.size(0)) + " of " + std::to_string(expected.numel()) + " words are wrong, from the one at";
  for (int64_t i = 0; i < wrong.size(1); ++i) text += " " + std::to_string(wrong[0][i].item<int64_t>());
  return text;
}

using Sizes = std::vector<int64_t>;
const std::vector<std::pair<Sizes, Sizes>> kShapes{{{64, 32}, {32, 8}},
                                                   {{1, 1}, {1, 1}},
                                                   {{128, 128}, {128, 256}},
                                                   {{65, 33}, {33, 130}},
                                                   {{129, 700}, {700, 257}},
                                                   {{290, 257}, {257, 530}},
                                                   {{1, 700}, {700, 60}},
                                                   {{300, 70}, {70, 1}},
                                                   {{9}, {9}},
                                                   {{4, 9}, {9}},
                                                   {{6}, {2, 6, 3}},
                                                   {{2, 1, 17, 5}, {3, 5, 18}},
                                                   {{5, 30, 150}, {5, 150, 20}},
                                                   {{3, 1, 1}, {3, 1, 1}}};

void compare_matmul(const char* path) {
  if (no_gpu() || lacks(path)) return;
  const Forced forced(path);
  const auto compare = [](const at::Tensor& a, const at::Tensor& b, const at::Tensor& a_there, const at::Tensor& b_there) {
    INFO(a.sizes() << " " << b.sizes());
    CHECK(wrong_words(operators::matmul(a_there, b_there), operators::matmul(a, b)) == "");
  };
  for (const auto& [left, right] : kShapes) {
    const auto a = random_words(left), b = random_words(right);
    compare(a, b, a.to(kGpu), b.to(kGpu));
  }
  const auto a = random_words({150, 140}), b = random_words({60, 150}), wide = random_words({300, 120}), row = random_words({1, 150});
  const auto halved = [](const at::Tensor& x) { return x.slice(0, 0, 300, 2).slice(1, 0, 120, 2); };
  compare(a.t(), b.t(), a.to(kGpu).t(), b.to(kGpu).t());
  compare(b, a, b.to(kGpu), a.to(kGpu));
  compare(a.t(), halved(wide), a.to(kGpu).t(), halved(wide.to(kGpu)));
  compare(row.expand({40, 150}), b.t(), row.to(kGpu).expand({40, 150}), b.to(kGpu).t());
}

void compare_ends(const char* path) {
  if (no_gpu() || lacks(path)) return;
  const Forced forced(path);
  const auto check = [](int64_t left, int64_t right, int64_t length) {
    INFO(left << " times " << right << ", " << length << " times");
    const auto words = [](at::IntArrayRef sizes, int64_t word) { return at::full(sizes, word, at::kLong).to(kGpu); };
    const auto expected = static_cast<int64_t>(static_cast<uint64_t>(left) * static_cast<uint64_t>(right) * static_cast<uint64_t>(length));
    CHECK(wrong_words(operators::matmul(words({3, length}, left), words({length, 2}, right)), at::full({3, 2}, expected, at::kLong)) == "");
  };
  for (const int64_t length : {1, 129, 700})
    for (const int64_t left : {int64_t{-1}, INT64_MIN, INT64_MAX})
      for (const int64_t right : {int64_t{-1}, INT64_MIN, INT64_MAX}) check(left, right, length);
  check(INT64_MIN, INT64_MIN, 11136);  // the largest sum of a piece
  check(-1, -1, 20000);
}

void compare_convolutions(const char* path) {
  if (no_gpu() || lacks(path)) return;
  for (const auto& [input, weight, options] : {std::tuple<Sizes, Sizes, Conv2dOptions>{{2, 3, 17, 19}, {16, 3, 7, 7}, {.stride = {2, 2}, .padding = {3, 3}}},
                                               {{3, 8, 9, 8}, {12, 4, 3, 2}, {.padding = {2, 0}, .dilation = {2, 3}, .groups = 2}},
                                               {{6, 16, 8, 8}, {140, 16, 3, 3}, {.padding = {1, 1}}}}) {
    const auto x = random_words(input), w = random_words(weight);
    const Forced forced(path);
    INFO(x.sizes() << " " << w.sizes());
    CHECK(wrong_words(operators::conv2d(x.to(kGpu), w.to(kGpu), options), operators::conv2d(x, w, options)) == "");
  }
}

}  // namespace

TEST_CASE("wgmma: products equal the CPU's, for shapes around a tile, batches and any strides") { compare_matmul("wgmma"); }
TEST_CASE("cublas: products equal the CPU's, for shapes around a tile, batches and any strides") { compare_matmul("cublas"); }
TEST_CASE("mma: products equal the CPU's, for shapes around a tile, batches and any strides") { compare_matmul("mma"); }

TEST_CASE("wgmma: products are exact at the ends of the range, for sums of one piece and of several") { compare_ends("wgmma"); }
TEST_CASE("cublas: products are exact at the ends of the range, for sums of one piece and of several") { compare_ends("cublas"); }

TEST_CASE("wgmma: convolutions equal the CPU's") { compare_convolutions("wgmma"); }
TEST_CASE("cublas: convolutions equal the CPU's") { compare_convolutions("cublas"); }

TEST_CASE("a path of products that does not exist is refused") {
  if (no_gpu()) return;
  const Forced forced("cuda");
  CHECK(code_of([] { operators::matmul(one_there(), one_there()); }) == 146);
}
