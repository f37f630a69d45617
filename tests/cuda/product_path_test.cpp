// The paths by which a device multiplies, each beside the CPU. tools/gpu.sh runs these first.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/ring_residues.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Where operators::matmul and conv2d run on the device.
class Forced {
 public:
  explicit Forced(const char* path) {
    if (const char* const before = std::getenv(kName)) before_ = before;
    setenv(kName, path, 1);
  }
  ~Forced() { before_ ? setenv(kName, before_->c_str(), 1) : unsetenv(kName); }  // what tools/gpu.sh sets holds for all other tests
  Forced(const Forced&) = delete;

 private:
  static constexpr const char* kName = "CRYPTEN_CUDA_PRODUCTS";
  std::optional<std::string> before_;
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

// Numbers of `bits` bits, the least and the greatest among them.
at::Tensor numbers(at::IntArrayRef sizes, int bits) {
  auto words = random_words(sizes).bitwise_right_shift(64 - bits);
  words.view(-1)[0] = -(int64_t{1} << (bits - 1));
  words.view(-1)[-1] = (int64_t{1} << (bits - 1)) - 1;
  return words;
}

void compare_narrow(const char* path) {
  if (no_gpu() || lacks(path)) return;
  const Forced forced(path);
  const bool slow = kLess > 1;
  for (const int bits : slow ? std::vector<int>{1, 16, 24, 32} : std::vector<int>{1, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 48}) {
    const PublicOperand left(PublicOperand::left, bits), right(PublicOperand::right, bits);
    INFO(bits << " bits");
    for (const auto& [sizes, others] : {std::pair<Sizes, Sizes>{{65, 140}, {140, 130}}, {{3, 12, 40}, {3, 40, 20}}}) {
      if (slow && sizes.size() > 2 && bits != 16) continue;
      const auto narrow = numbers(sizes, bits), wide = random_words(others), turned = wide.transpose(-1, -2), back = narrow.transpose(-1, -2);
      INFO(narrow.sizes());
      CHECK(wrong_words(operators::matmul(narrow.to(kGpu), wide.to(kGpu), left), operators::matmul(narrow, wide)) == "");
      CHECK(wrong_words(operators::matmul(turned.to(kGpu), back.to(kGpu), right), operators::matmul(turned, back)) == "");
    }
    const auto image = random_words({2, 6, 9, 8}), weight = numbers({12, 3, 3, 2}, bits);
    const Conv2dOptions options{.padding = {1, 0}, .dilation = {1, 2}, .groups = 2};
    CHECK(wrong_words(operators::conv2d(image.to(kGpu), weight.to(kGpu), options, right), operators::conv2d(image, weight, options)) == "");
    if (slow && bits != 16) continue;
    const auto known = numbers({2, 6, 9, 8}, bits), secret = random_words({12, 3, 3, 2});
    CHECK(wrong_words(operators::conv2d(known.to(kGpu), secret.to(kGpu), options, left), operators::conv2d(known, secret, options)) == "");
  }
}

// The largest sums of either sign of narrow words, at the lengths where another modulus begins to be needed, and longer than a piece of a sum.
void compare_narrow_ends(const char* path) {
  if (no_gpu() || lacks(path)) return;
  const Forced forced(path);
  const auto check = [](int bits, int64_t narrow, int64_t wide, int64_t length) {
    INFO(narrow << " of " << bits << " bits times " << wide << ", " << length << " times");
    const auto words = [](at::IntArrayRef sizes, int64_t word) { return at::full(sizes, word, at::kLong).to(kGpu); };
    const auto expected = static_cast<int64_t>(static_cast<uint64_t>(narrow) * static_cast<uint64_t>(wide) * static_cast<uint64_t>(length));
    CHECK(wrong_words(operators::matmul(words({9, length}, narrow), words({length, 9}, wide), {PublicOperand::left, bits}), at::full({9, 9}, expected, at::kLong)) == "");
    if (length > 300 && kLess > 1) return;
    CHECK(wrong_words(operators::matmul(words({9, length}, wide), words({length, 9}, narrow), {PublicOperand::right, bits}), at::full({9, 9}, expected, at::kLong)) == "");
  };
  const bool slow = kLess > 1;
  if (slow) check(16, -32768, INT64_MIN, 20000);
  for (const int bits : slow ? std::vector<int>{16, 24} : std::vector<int>{1, 8, 16, 17, 24, 32, 40}) {
    const int64_t least = -(int64_t{1} << (bits - 1));
    for (const int64_t wide : {INT64_MIN, INT64_MAX, int64_t{-1}}) check(bits, least, wide, 120), check(bits, -least - 1, wide, 120);
    if (!slow) check(bits, least, INT64_MIN, 20000), check(bits, -1, -1, 20000);
    for (int n = 1; n < ring_residues::kModuli; ++n) {
      const int64_t most = ring_residues::most_steps(n, bits) / ring_residues::kStep * ring_residues::kStep;
      if (most > 0 && most < (slow ? 2000 : ring_residues::kMostLength)) check(bits, least, INT64_MIN, most), check(bits, least, INT64_MIN, most + 1);
    }
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

TEST_CASE("wgmma: narrow public operands give the same words") { compare_narrow("wgmma"); }
TEST_CASE("wgmma: the largest sums of narrow public operands are exact") { compare_narrow_ends("wgmma"); }
TEST_CASE("cublas: narrow public operands give the same words") { compare_narrow("cublas"); }
TEST_CASE("cublas: the largest sums of narrow public operands are exact") { compare_narrow_ends("cublas"); }
TEST_CASE("mma: narrow public operands give the same words") { compare_narrow("mma"); }
TEST_CASE("mma: the largest sums of narrow public operands are exact") { compare_narrow_ends("mma"); }
TEST_CASE("a path of products that does not exist is refused") {
  if (no_gpu()) return;
  const Forced forced("cuda");
  CHECK(code_of([] { operators::matmul(one_there(), one_there()); }) == 146);
}
