// How fast are the kernels of cuda/ on this GPU, beside what its memory and its tensor cores do in the same run? Median of several runs as a table and, with
// --json FILE, as JSON. Products by wgmma and cublas are compared with those by mma first: if they differ, that is said, they are not measured, and the exit status is 1.
#include <ATen/ATen.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/carry_chunks.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/digit_tables.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/prg.h"
#include "crypten_core/stream_tensor.h"

namespace {

using namespace crypten;

const at::Device kGpu(at::kCUDA, 0);

// By the device's own clock: of `kInARow` calls, so that a launch's latency is not what is measured.
double median_seconds(const std::function<void()>& body) {
  constexpr int kRuns = 9, kInARow = 5;
  std::vector<double> runs;
  body();
  for (int i = 0; i < kRuns; ++i) {
    at::cuda::CUDAEvent begin(cudaEventDefault), end(cudaEventDefault);
    begin.record();
    for (int j = 0; j < kInARow; ++j) body();
    end.record();
    end.synchronize();
    runs.push_back(1e-3 * static_cast<double>(begin.elapsed_time(end)) / kInARow);
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  return runs[kRuns / 2];
}

at::Tensor words(at::IntArrayRef sizes) { return at::randint(INT64_MIN, INT64_MAX, sizes, at::TensorOptions().dtype(at::kLong).device(kGpu)); }

class Report {
 public:
  Report() {
    const auto from = words({1 << 26});
    auto to = at::empty_like(from);
    copy_ = 2 * 8.0 * (1 << 26) / median_seconds([&] { to.copy_(from); });
    const auto a = at::randint(-128, 128, {8192, 8192}, at::TensorOptions().dtype(at::kChar).device(kGpu)),
               b = at::randint(-128, 128, {8192, 8192}, a.options());
    int8_ = 8192.0 * 8192 * 8192 / median_seconds([&] { at::_int_mm(a, b.t()); });
    std::printf("copy in memory %.0f GB/s (read and written), 8-bit products %.0f TMAC/s: the bound of ring products is 1/18 of them by remainders (wgmma, "
                "cublas), %.1f TMAC/s, 1/36 by digits (mma), %.1f TMAC/s\n",
                copy_ / 1e9, int8_ / 1e12, int8_ / 18e12, int8_ / 36e12);
  }
  void memory(const std::string& kernel, double bytes, const std::function<void()>& body) { add(kernel, "GB/s", bytes, 1e9, copy_, body); }
  // `each`: 8-bit products for one mod 2^64.
  void products(const std::string& kernel, double count, int each, const std::function<void()>& body) {
    add(kernel, "TMAC/s", count, 1e12, int8_ / each, body);
  }

  std::string json() const {
    return std::string("{\"gpu\": \"") + at::cuda::getCurrentDeviceProperties()->name + "\", \"copy\": " + std::to_string(copy_) +
           ", \"int8\": " + std::to_string(int8_) + ", \"results\": [" + rows_ + "]}\n";
  }

 private:
  void add(const std::string& kernel, const std::string& unit, double amount, double scale, double bound, const std::function<void()>& body) {
    const double rate = amount / median_seconds(body);
    std::printf("%-60s %9.2f %-7s %5.1f %% of its bound\n", kernel.c_str(), rate / scale, unit.c_str(), 100 * rate / bound);
    std::fflush(stdout);
    rows_ += (rows_.empty() ? "\n" : ",\n") + ("{\"kernel\": \"" + kernel) + "\", \"unit\": \"" + unit + "\", \"rate\": " + std::to_string(rate / scale) +
             ", \"of_bound\": " + std::to_string(rate / bound) + "}";
  }
  double copy_, int8_;
  std::string rows_;
};

void measure_shares(Report& report) {
  const int64_t n = 1 << 24;
  const auto x = words({n}), y = words({n}), a = words({n}), b = words({n}), c = words({n});
  const double word = 8.0 * static_cast<double>(n);
  auto out = at::empty_like(x);
  const AesStream stream{Key()};
  report.memory("AES-128-CTR, 128 MiB", word, [&] { fill_words(stream, out, 0); });
  report.memory("AES-128-CTR, 128 MiB, from an odd word", word, [&] { fill_words(stream, out, 1); });
  report.memory("multiply_combine, 16 Mi elements", 6 * word, [&] { operators::multiply_combine(x, y, a, b, c, true); });
  report.memory("truncate_combine, 16 Mi elements", 4 * word, [&] { operators::truncate_combine(x, a, b, 16, 64, true); });
  report.memory("sum of two, 16 Mi elements", 3 * word, [&] { operators::sum({x, y}); });
  const auto planes = slice_bits(x, 0, 64), bit = slice_bits(x, 63, 1);
  report.memory("slice_bits, all 64 of 16 Mi elements", 2 * word, [&] { slice_bits(x, 0, 64); });
  report.memory("slice_bits, top bit of 16 Mi elements", word + word / 64, [&] { slice_bits(x, 63, 1); });
  report.memory("unslice_bits, all 64 of 16 Mi elements", 2 * word, [&] { unslice_bits(planes, n, 0); });
  report.memory("bit_to_words, 16 Mi elements", word + word / 64, [&] { bit_to_words(bit, n); });
  report.memory("difference_or_second, 16 Mi elements", 3 * word + word / 64, [&] { difference_or_second(bit, false, x, y); });
  const int64_t tiles = n / kTileElements, digits = 16, entries = 15;
  const auto tables = words({tiles, digits * entries, kTileWords});
  std::vector<DigitLookup> lookups;
  for (int64_t d = 0; d < digits; ++d) lookups.push_back({4 * d, 4, d * entries, 2 * d, 2 * d + 1});
  const double plane = word / 64;
  report.memory("look_up_digits, 16 digits of 4 bits, 16 Mi elements", plane * (64 + 240 + 32), [&] { look_up_digits(planes, tables, lookups, 32, true); });
  PairMerge merge;
  for (int64_t i = 0; i < 4; ++i) merge.public_less.push_back({tables, i}), merge.public_equal.push_back({tables, 4 + i});
  for (int64_t i = 0; i < 15; ++i) merge.masks_less.push_back({tables, 8 + i});
  for (int64_t i = 0; i < 16; ++i) merge.masks_equal.push_back({tables, 23 + i});
  merge.less = 0, merge.equal = 1;
  report.memory("merge_pairs, 4 pairs, 16 Mi elements", plane * (8 + 30 + 2), [&] { merge_pairs({&merge, 1}, tiles, 2, true); });
}

// Of size classes, powers and private words.
void measure_planes(Report& report) {
  const int64_t n = 1 << 24, tiles = n / kTileElements;
  const double word = 8.0 * static_cast<double>(n), plane = word / 64;
  const auto planes_of = [tiles](int64_t count) { return words({tiles, count, kTileWords}); };
  const auto planes = planes_of(64), y = words({n});
  report.memory("pack_planes, 64 of 16 Mi elements", 2 * word, [&] { pack_planes(planes, n); });
  auto sum = words({n});
  report.memory("add_or_complement, 16 Mi elements", 3 * word + plane, [&] { add_or_complement(sum, planes.narrow(1, 0, 1), y, true); });
  std::vector<at::Tensor> tables, factors;
  for (int64_t u = 0; u < 16; ++u) tables.push_back(words({n})), factors.push_back(at::tensor({int64_t{0}, u, int64_t{1} << 62, u}, at::kLong));
  const auto numbers = at::stack(factors).to(kGpu);
  report.memory("power_sums, 4 high bits, 16 Mi elements", 18 * word, [&] { operators::power_sums(y, tables, numbers, 0, 20, 1 << 20, 1); });
  tables.clear();
  const auto digits = planes_of(32), dealt = planes_of(120);
  report.memory("digit_tables, 8 chunks of 4 bits, 16 Mi elements", plane * (32 + 120 + 8 * (16 + 30 + 4)), [&] { digit_tables(digits, dealt, 8, 4, true); });
  std::vector<CarryChunk> chunks;
  int products = 0;
  for (int low = 0; low < 64; low += 4) {
    auto& chunk = chunks.emplace_back(CarryChunk{.low_bit = low, .width = 4});
    for (int i = 0; i < 4; ++i) {
      for (int above = 0; above < 8 >> i; ++above)
        chunk.both.push_back(products++), chunk.a.push_back(above == 0 ? -1 : products++), chunk.b.push_back(above == 0 ? -1 : products++);
    }
    chunk.open_generated = chunk.open_passed = {-1, -1, -1, low / 4};
  }
  const CarryOperands operands{planes_of(128), planes_of(128), planes_of(products), 64, false};
  report.memory("carry_chunks, two words of 64 bits, 16 Mi elements", plane * (128 + 128 + products + 64 + 32), [&] { carry_chunks(operands, chunks, 16, true); });
}

// The path of products while it lives (cuda/product_path.h).
struct Path {
  explicit Path(const char* name) { setenv("CRYPTEN_CUDA_PRODUCTS", name, 1); }
  ~Path() { unsetenv("CRYPTEN_CUDA_PRODUCTS"); }
  Path(const Path&) = delete;
};
at::Tensor product_by(const char* path, const at::Tensor& a, const at::Tensor& b) {
  const Path chosen(path);
  return operators::matmul(a, b);
}

enum class Found { right, wrong, missing };
Found try_path(const char* path) {
  for (const int64_t n : {128, 1000, 3000, 12000}) {  // 12000: more steps than one piece of a sum has
    const auto a = words({n > 10000 ? 300 : n, n}), b = words({n, 300});
    at::Tensor got;
    try {
      got = product_by(path, a, b);
    } catch (const InvalidArgument& error) {
      std::printf("%s\n", error.what());
      return Found::missing;
    }
    if (at::equal(got, product_by("mma", a, b))) continue;
    std::fprintf(stderr,
                 "\n************************************************************************\n"
                 "WRONG RESULT: products by %s differ from those by mma (sums of %ld).\n"
                 "Set CRYPTEN_CUDA_PRODUCTS=mma on this device, and report it.\n"
                 "************************************************************************\n\n",
                 path, static_cast<long>(n));
    return Found::wrong;
  }
  return Found::right;
}

void measure_products(Report& report, const std::vector<const char*>& paths) {
  const auto matmul = [&](const std::string& shape, const at::Tensor& a, const at::Tensor& b) {
    const double count = static_cast<double>(a.numel()) * static_cast<double>(b.size(-1));
    const Path chosen("mma");
    report.products("matmul " + shape, count, 36, [&] { operators::matmul(a, b); });
  };
  const auto by_all = [&](const std::string& shape, const at::Tensor& a, const at::Tensor& b) {
    for (const char* const path : paths) {
      const Path chosen(path);
      report.products("matmul " + shape + ", " + path, static_cast<double>(a.numel()) * static_cast<double>(b.size(-1)), 18, [&] { operators::matmul(a, b); });
    }
    matmul(shape + ", mma", a, b);
  };
  for (const int64_t n : {256, 384, 512, 1024, 2048, 4096, 8192}) {
    const auto size = std::to_string(n);
    by_all(size + " x " + size + " x " + size, words({n, n}), words({n, n}));
  }
  by_all("4096 x 4096 x 4096, both transposed", words({4096, 4096}).t(), words({4096, 4096}).t());
  matmul("1 x 2048 x 1000, weight transposed", words({1, 2048}), words({1000, 2048}).t());
  matmul("32 x 512 x 512, weight transposed", words({32, 512}), words({512, 512}).t());
  matmul("48 times 64 x 64 x 64", words({48, 64, 64}), words({48, 64, 64}));
  const auto conv = [&](const std::string& shape, const at::Tensor& x, const at::Tensor& w, const Conv2dOptions& options) {
    const auto out = operators::conv2d(x, w, options);
    const Path chosen("mma");
    report.products("conv2d " + shape, static_cast<double>(out.numel()) * static_cast<double>(w[0].numel()), 36, [&] { operators::conv2d(x, w, options); });
  };
  conv("1x64x56x56, 64 of 3x3", words({1, 64, 56, 56}), words({64, 64, 3, 3}), {.padding = {1, 1}});
  conv("32x64x56x56, 64 of 3x3", words({32, 64, 56, 56}), words({64, 64, 3, 3}), {.padding = {1, 1}});
  conv("1x3x224x224, 64 of 7x7, stride 2", words({1, 3, 224, 224}), words({64, 3, 7, 7}), {.stride = {2, 2}, .padding = {3, 3}});
  conv("1x512x7x7, 512 of 3x3", words({1, 512, 7, 7}), words({512, 512, 3, 3}), {.padding = {1, 1}});
  conv("32x96x56x56, depthwise 3x3", words({32, 96, 56, 56}), words({96, 1, 3, 3}), {.padding = {1, 1}, .groups = 96});
}

}  // namespace

int main(int argc, char** argv) try {
  if (!torch::cuda::is_available()) {
    std::cerr << "no CUDA device here: nothing was measured\n";
    return 1;
  }
  std::printf("%s\n", at::cuda::getCurrentDeviceProperties()->name);
  std::vector<const char*> paths;
  bool wrong = false;
  const bool all_paths = std::getenv("CRYPTEN_CUDA_PRODUCTS") == nullptr;  // else mma alone: others are not to be tried
  for (const char* const path : {"wgmma", "cublas"}) {
    if (!all_paths) break;
    const Found found = try_path(path);
    if (found == Found::right) paths.push_back(path);
    wrong |= found == Found::wrong;
  }
  Report report;
  measure_products(report, paths);
  measure_shares(report);
  measure_planes(report);
  if (argc == 3 && std::string_view(argv[1]) == "--json") std::ofstream(argv[2]) << report.json();
  return wrong;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
