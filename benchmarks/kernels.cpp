// How fast are the kernels of crypten_core on this machine? Median of several runs, as a table and, with --json FILE, as JSON.
// CRYPTEN_KERNELS and CRYPTEN_THREADS choose the path and the number of threads; both are part of the result.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "crypten_core/aes_ctr.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_gemm.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "crypten_core/kernels/transpose64.h"
#include "crypten_core/prg.h"
#include "crypten_core/thread_pool.h"

namespace {

using namespace crypten;

// With one thread, time is the CPU's, so that other programs on the machine do not count; with more it is the wall's.
double seconds() {
  timespec time;
  clock_gettime(ThreadPool::process().threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The median run: on a virtual machine the CPU's clock may say too little about a single one.
double median_seconds(const std::function<void()>& body) {
  constexpr double kBudget = 0.5;
  std::vector<double> runs;
  body();  // pages, caches, threads
  const double end = seconds() + kBudget;
  while (runs.size() < 3 || seconds() < end) {
    const double start = seconds();
    body();
    runs.push_back(seconds() - start);
  }
  const auto middle = runs.begin() + static_cast<std::ptrdiff_t>(runs.size() / 2);
  std::nth_element(runs.begin(), middle, runs.end());
  return *middle;
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

at::Tensor words(at::IntArrayRef sizes) { return at::randint(INT64_MIN, INT64_MAX, sizes, at::kLong); }

class Report {
 public:
  void add(const std::string& kernel, std::string_view path, const std::string& unit, double amount, const std::function<void()>& body) {
    const double rate = amount / median_seconds(body) / 1e9;
    std::printf("%-44s %-9s %8.2f %s\n", kernel.c_str(), std::string(path).c_str(), rate, unit.c_str());
    std::fflush(stdout);
    rows_.push_back({{"kernel", kernel}, {"path", path}, {"unit", unit}, {"rate", rate}});
  }
  nlohmann::json rows_;
};

void measure_products(Report& report) {
  const auto path = name(kRingKernels.effective(kernel_path()));
  const auto matmul = [&](const std::string& shape, const at::Tensor& a, const at::Tensor& b) {
    const auto products = static_cast<double>(a.numel()) * static_cast<double>(b.size(-1));
    report.add("matmul " + shape, path, "GMAC/s", products, [&] { ring_matmul(a, b); });
  };
  matmul("1024 x 1024 x 1024", words({1024, 1024}), words({1024, 1024}));
  matmul("1024 x 1024 x 1024, both transposed", words({1024, 1024}).t(), words({1024, 1024}).t());
  matmul("64 x 64 x 64", words({64, 64}), words({64, 64}));
  matmul("1 x 2048 x 1000, weight transposed", words({1, 2048}), words({1000, 2048}).t());
  matmul("32 x 512 x 512, weight transposed", words({32, 512}), words({512, 512}).t());
  matmul("48 times 64 x 64 x 64", words({48, 64, 64}), words({48, 64, 64}));
  const auto conv = [&](const std::string& shape, const at::Tensor& x, const at::Tensor& w, const Conv2dOptions& options) {
    const auto out = ring_conv2d(x, w, options);
    const auto products = static_cast<double>(out.numel()) * static_cast<double>(w[0].numel());
    report.add("conv2d " + shape, path, "GMAC/s", products, [&] { ring_conv2d(x, w, options); });
  };
  conv("1x64x56x56, 64 of 3x3", words({1, 64, 56, 56}), words({64, 64, 3, 3}), {.padding = {1, 1}});
  conv("1x3x224x224, 64 of 7x7, stride 2", words({1, 3, 224, 224}), words({64, 3, 7, 7}), {.stride = {2, 2}, .padding = {3, 3}});
  conv("1x512x7x7, 512 of 3x3", words({1, 512, 7, 7}), words({512, 512, 3, 3}), {.padding = {1, 1}});
  conv("1x256x14x14, 1024 of 1x1", words({1, 256, 14, 14}), words({1024, 256, 1, 1}), {});
  conv("360x16x8x8, 32 of 3x3", words({360, 16, 8, 8}), words({32, 16, 3, 3}), {.padding = {1, 1}});
  conv("1x96x56x56, depthwise 3x3", words({1, 96, 56, 56}), words({96, 1, 3, 3}), {.padding = {1, 1}, .groups = 96});
}

void measure_streams(Report& report) {
  const AesStream stream{Key()};
  constexpr std::string_view aes[] = {"portable", "aesni", "vaes"};
  for (const size_t count : {size_t{1} << 12, size_t{1} << 22}) {
    std::vector<uint64_t> out(count);
    report.add("AES-128-CTR, " + std::to_string(count * 8 / 1024) + " KiB", aes[static_cast<size_t>(aes_ctr::fastest())], "GB/s",
               8.0 * static_cast<double>(count), [&] { stream.fill(out, 0); });
  }
}

void measure_shares(Report& report) {
  const int64_t n = 1 << 20;
  const auto x = words({n}), y = words({n}), a = words({n}), b = words({n}), c = words({n});
  report.add("multiply_combine, 1 Mi elements", "portable", "G/s", n, [&] { operators::multiply_combine(x, y, a, b, c, true); });
  report.add("truncate_combine, 1 Mi elements", "portable", "G/s", n, [&] { operators::truncate_combine(x, a, b, 16, 64, true); });
  const auto transposer = name(kTranspose64.effective(kernel_path()));
  at::Tensor planes = slice_bits(x, 0, 64), bit = slice_bits(x, 63, 1);
  report.add("slice_bits, all 64 of 1 Mi elements", transposer, "G/s", n, [&] { slice_bits(x, 0, 64); });
  report.add("slice_bits, top bit of 1 Mi elements", transposer, "G/s", n, [&] { slice_bits(x, 63, 1); });
  report.add("unslice_bits, all 64 of 1 Mi elements", transposer, "G/s", n, [&] { unslice_bits(planes, n, 0); });
  report.add("bit_to_words, 1 Mi elements", transposer, "G/s", n, [&] { bit_to_words(bit, n); });
}

}  // namespace

int main(int argc, char** argv) try {
  at::set_num_threads(1);
  Report report;
  std::printf("%s, %d threads\n", cpu_name().c_str(), ThreadPool::process().threads());
  measure_streams(report);
  measure_products(report);
  measure_shares(report);
  if (argc == 3 && std::string_view(argv[1]) == "--json") {
    std::ofstream(argv[2])
        << nlohmann::json{{"cpu", cpu_name()}, {"threads", ThreadPool::process().threads()}, {"results", report.rows_}}.dump(2) << "\n";
  }
  return 0;
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
