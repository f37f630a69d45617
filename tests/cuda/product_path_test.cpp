// The paths by which a device multiplies, each beside the CPU: tools/gpu.sh runs these first.
#include "cuda/product_path.h"

#include <cuda_runtime_api.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/kernels/operators.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

struct Forced {
  explicit Forced(const char* path) { setenv("CRYPTEN_CUDA_PRODUCTS", path, 1); }
  ~Forced() { unsetenv("CRYPTEN_CUDA_PRODUCTS"); }
};

// False, and said so, where the device has no such instructions.
bool has(const char* path) {
  const Forced forced(path);
  const auto one = at::ones({1, 1}, at::TensorOptions().dtype(at::kLong).device(kGpu));
  if (code_of([&] { operators::matmul(one, one); }) != 145) return true;
  WARN("skipped: this device or build has no " << path);
  return false;
}

// Where the first wrong word is, for a report from a device that nobody here has seen.
std::string difference(const at::Tensor& device, const at::Tensor& cpu) {
  if (device.sizes() != cpu.sizes()) return "another shape";
  const auto wrong = device.cpu().ne(cpu).nonzero();
  if (wrong.size(0) == 0) return "";
  std::string text = std::to_string(wrong.size(0)) + " of " + std::to_string(cpu.numel()) + " words are wrong, the first at";
  for (int64_t i = 0; i < wrong.size(1); ++i) text += " " + std::to_string(wrong[0][i].item<int64_t>());
  return text;
}

using Sizes = std::vector<int64_t>;

}  // namespace

TEST_CASE("wgmma: products equal the CPU's") {
  if (no_gpu() || !has("wgmma")) return;
  const auto check = [](const at::Tensor& a, const at::Tensor& b, bool on_cpu = true) {
    const auto there = a.to(kGpu), other = b.to(kGpu);
    const auto expected = on_cpu ? operators::matmul(a, b) : at::Tensor();
    const Forced forced("wgmma");
    INFO(a.sizes() << " " << b.sizes());
    CHECK(difference(operators::matmul(there, other), expected) == "");
  };
  for (const auto& [left, right] : {std::pair<Sizes, Sizes>{{64, 32}, {32, 8}},
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
                                    {{3, 1, 1}, {3, 1, 1}}})
    check(random_words(left), random_words(right));
}

TEST_CASE("wgmma: operands of any strides") {
  if (no_gpu() || !has("wgmma")) return;
  const auto a = random_words({150, 140}), b = random_words({60, 150}), wide = random_words({300, 120}), row = random_words({1, 150});
  const auto both = [](const at::Tensor& x, const at::Tensor& y) {
    const auto expected = operators::matmul(x, y);
    const Forced forced("wgmma");
    return expected;
  };
  const auto on_device = [](const at::Tensor& x, const at::Tensor& y) {
    const Forced forced("wgmma");
    return operators::matmul(x, y);
  };
  CHECK(difference(on_device(a.to(kGpu).t(), b.to(kGpu).t()), both(a.t(), b.t())) == "");
  CHECK(difference(on_device(b.to(kGpu), a.to(kGpu)), both(b, a)) == "");
  CHECK(difference(on_device(a.to(kGpu).t(), wide.to(kGpu).slice(0, 0, 300, 2).slice(1, 0, 120, 2)), both(a.t(), wide.slice(0, 0, 300, 2).slice(1, 0, 120, 2))) == "");
  CHECK(difference(on_device(row.to(kGpu).expand({40, 150}), b.to(kGpu).t()), both(row.expand({40, 150}), b.t())) == "");
}

TEST_CASE("wgmma: exact at the ends of the range, for sums of one piece and of several") {
  if (no_gpu() || !has("wgmma")) return;
  const Forced forced("wgmma");
  for (const auto& [left, right] : {std::pair<int64_t, int64_t>{-1, -1}, {INT64_MIN, INT64_MIN}, {INT64_MIN, INT64_MAX}, {INT64_MAX, INT64_MAX}, {INT64_MIN, -1}, {1, -1}}) {
    for (const int64_t length : {int64_t{1}, int64_t{129}, int64_t{11136}, int64_t{20000}}) {
      INFO(left << " · " << right << ", " << length << " times");
      const auto words = [](at::IntArrayRef sizes, int64_t word) { return at::full(sizes, word, at::kLong).to(kGpu); };
      const auto expected = static_cast<int64_t>(static_cast<uint64_t>(left) * static_cast<uint64_t>(right) * static_cast<uint64_t>(length));
      CHECK(difference(operators::matmul(words({3, length}, left), words({length, 2}, right)), at::full({3, 2}, expected, at::kLong)) == "");
    }
  }
}

TEST_CASE("wgmma: convolutions equal the CPU's") {
  if (no_gpu() || !has("wgmma")) return;
  for (const auto& [input, weight, options] :
       {std::tuple<Sizes, Sizes, Conv2dOptions>{{2, 3, 17, 19}, {16, 3, 7, 7}, {.stride = {2, 2}, .padding = {3, 3}}},
        {{3, 8, 9, 8}, {12, 4, 3, 2}, {.padding = {2, 0}, .dilation = {2, 3}, .groups = 2}},
        {{6, 16, 8, 8}, {140, 16, 3, 3}, {.padding = {1, 1}}}}) {
    const auto x = random_words(input), w = random_words(weight), expected = operators::conv2d(x, w, options);
    const Forced forced("wgmma");
    INFO(x.sizes() << " " << w.sizes());
    CHECK(difference(operators::conv2d(x.to(kGpu), w.to(kGpu), options), expected) == "");
  }
}

TEST_CASE("mma: products equal the CPU's") {
  if (no_gpu()) return;
  const auto a = random_words({130, 300}), b = random_words({300, 70}), expected = operators::matmul(a, b);
  const Forced forced("mma");
  CHECK(difference(operators::matmul(a.to(kGpu), b.to(kGpu)), expected) == "");
}

TEST_CASE("a path that is not there is refused by name") {
  if (no_gpu()) return;
  const auto one = at::ones({1, 1}, at::TensorOptions().dtype(at::kLong).device(kGpu));
  const Forced forced("cuda");
  CHECK(code_of([&] { operators::matmul(one, one); }) == 146);
}
