// How fast are the kernels of crypten_core on this machine? Median of several runs, as a table and, with --json FILE, as JSON. Products
// stand beside what the path's instructions could do at best, torch's and Eigen's; passes over memory beside a copy of as many bytes.
// CRYPTEN_KERNELS and CRYPTEN_THREADS choose the path and the number of threads; both are part of the result. --only TEXT leaves out all rows whose name
// does not contain it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/instruction_peak.h"
#include "crypten_core/aes_ctr.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/compare_bits_tile.h"
#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/narrow_groups.h"
#include "crypten_core/kernels/narrow_words.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_gemm.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/kernels/sums_of_planes.h"
#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/prg.h"
#include "crypten_core/thread_pool.h"
#if CRYPTEN_WITH_EIGEN
#include "benchmarks/eigen/product.h"
#endif

namespace {

using namespace crypten;

// With one thread, time is the CPU's, so that other programs on the machine do not count; with more it is the wall's.
double seconds() {
  timespec time;
  clock_gettime(ThreadPool::process().threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The median run: on a virtual machine the CPU's clock may say too little about a single one. A run that is longer than the budget is
// measured once, as it comes.
double median_seconds(const std::function<void()>& body) {
  constexpr double kBudget = 0.25;
  const double first = seconds();
  body();  // pages, caches, threads
  const double begin = seconds();
  if (begin - first > kBudget) return begin - first;
  std::vector<double> runs;
  while (runs.size() < 3 || seconds() < begin + kBudget) {
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

// What a path could do at best (instruction_peak.h), in products a second.
nlohmann::json measure_peak(KernelPath path) {
  constexpr int64_t kIterations = 20000;
  nlohmann::json best{{"rate", 0.0}};
  for (const benchmark::PeakLoop& loop : benchmark::peak_loops(path)) {
    const double rate = loop.products * kIterations / median_seconds([&] { loop.run(kIterations); }) / 1e9;
    if (rate > best["rate"]) best = {{"path", name(path)}, {"instructions", loop.instructions}, {"rate", rate}};
  }
  return best;
}

// Bytes a second, read and written together, of a copy that reads and writes so many in all.
double copy_rate(double bytes) {
  static std::map<size_t, double> rates;
  const auto half = static_cast<size_t>(bytes / 2);
  if (const auto found = rates.find(half); found != rates.end()) return found->second;
  std::vector<char> from(half, 1), to(half, 2);
  return rates[half] = bytes / median_seconds([&] { std::memcpy(to.data(), from.data(), half); });
}

class Report {
 public:
  using Body = std::function<void()>;
  explicit Report(std::string only) : only_(std::move(only)) {}
  // A rate in 1e9 of `unit` a second; `beside`: others in the same unit, where there are any.
  void add(const std::string& kernel, std::string_view path, const std::string& unit, double amount, const Body& body,
           const std::map<std::string, Body>& beside = {}, std::map<std::string, double> bounds = {}) {
    if (kernel.find(only_) == std::string::npos) return;
    const double rate = amount / median_seconds(body) / 1e9;
    std::printf("%-46s %-9s %8.2f %-7s", kernel.c_str(), std::string(path).c_str(), rate, unit.c_str());
    nlohmann::json row{{"kernel", kernel}, {"path", path}, {"unit", unit}, {"rate", rate}};
    for (const auto& [bound, most] : bounds) {
      std::printf(" %5.1f %% of %s", 100 * rate / most, bound.c_str());
      row[bound] = most;
    }
    for (const auto& [other, run] : beside) {
      row[other] = amount / median_seconds(run) / 1e9;
      std::printf("  %s %.2f", other.c_str(), row[other].get<double>());
    }
    std::printf("\n");
    std::fflush(stdout);
    rows_.push_back(row);
  }
  // Products beside the path's peak and the same by others.
  void products(const std::string& kernel, double count, const Body& body, const std::map<std::string, Body>& beside) {
    add(kernel, std::string(peak_["path"]), "GMAC/s", count, body, beside, {{"peak", peak_["rate"].get<double>()}});
  }
  // A pass over memory, in elements, beside a copy that moves as many bytes.
  void memory(const std::string& kernel, std::string_view path, double elements, double bytes, const Body& body) {
    if (kernel.find(only_) == std::string::npos) return;
    add(kernel, path, "G/s", elements, body, {}, {{"copy", copy_rate(bytes) / bytes * elements / 1e9}});
  }
  nlohmann::json peak_ = measure_peak(kRingKernels.effective(kernel_path()));  // of the path that the products take here
  nlohmann::json rows_ = nlohmann::json::array();

 private:
  std::string only_;
};

void measure_products(Report& report) {
  const auto matmul = [&](const std::string& shape, const at::Tensor& a, const at::Tensor& b) {
    const auto products = static_cast<double>(a.numel()) * static_cast<double>(b.size(-1));
    std::map<std::string, Report::Body> beside{{"torch", [&] { at::matmul(a, b); }}};
#if CRYPTEN_WITH_EIGEN
    const auto left = a.contiguous(), right = b.contiguous();
    auto out = at::matmul(left, right);
    if (a.dim() == 2) {
      beside["eigen"] = [&] {
        benchmark::eigen_product(left.const_data_ptr<int64_t>(), right.const_data_ptr<int64_t>(), out.mutable_data_ptr<int64_t>(),
                                 a.size(0), a.size(1), b.size(1));
      };
    }
#endif
    report.products(
        "matmul " + shape, products, [&] { ring_matmul(a, b); }, beside);
  };
  matmul("1024 x 1024 x 1024", words({1024, 1024}), words({1024, 1024}));
  matmul("256 x 256 x 256", words({256, 256}), words({256, 256}));
  matmul("256 x 256 x 256, both transposed", words({256, 256}).t(), words({256, 256}).t());
  matmul("64 x 64 x 64", words({64, 64}), words({64, 64}));
  matmul("1 x 2048 x 1000, weight transposed", words({1, 2048}), words({1000, 2048}).t());
  matmul("8 x 2048 x 1000, weight transposed", words({8, 2048}), words({1000, 2048}).t());
  matmul("32 x 512 x 512, weight transposed", words({32, 512}), words({512, 512}).t());
  matmul("48 times 64 x 64 x 64", words({48, 64, 64}), words({48, 64, 64}));
  const auto conv = [&](const std::string& shape, const at::Tensor& x, const at::Tensor& w, const Conv2dOptions& options) {
    const auto out = ring_conv2d(x, w, options);
    const auto products = static_cast<double>(out.numel()) * static_cast<double>(w[0].numel());
    const auto in_torch = [&] { at::conv2d(x, w, {}, options.stride, options.padding, options.dilation, options.groups); };
    report.products("conv2d " + shape, products, [&] { ring_conv2d(x, w, options); }, {{"torch", in_torch}});
  };
  conv("1x64x56x56, 64 of 3x3", words({1, 64, 56, 56}), words({64, 64, 3, 3}), {.padding = {1, 1}});
  conv("1x3x224x224, 64 of 7x7, stride 2", words({1, 3, 224, 224}), words({64, 3, 7, 7}), {.stride = {2, 2}, .padding = {3, 3}});
  conv("1x512x7x7, 512 of 3x3", words({1, 512, 7, 7}), words({512, 512, 3, 3}), {.padding = {1, 1}});
  conv("1x512x2x2, 512 of 3x3", words({1, 512, 2, 2}), words({512, 512, 3, 3}), {.padding = {1, 1}});
  conv("1x256x4x4, 256 of 3x3", words({1, 256, 4, 4}), words({256, 256, 3, 3}), {.padding = {1, 1}});
  conv("1x128x8x8, 128 of 3x3", words({1, 128, 8, 8}), words({128, 128, 3, 3}), {.padding = {1, 1}});
  conv("1x256x14x14, 1024 of 1x1", words({1, 256, 14, 14}), words({1024, 256, 1, 1}), {});
  conv("360x16x8x8, 32 of 3x3", words({360, 16, 8, 8}), words({32, 16, 3, 3}), {.padding = {1, 1}});
  conv("1x96x56x56, depthwise 3x3", words({1, 96, 56, 56}), words({96, 1, 3, 3}), {.padding = {1, 1}, .groups = 96});
}

void measure_streams(Report& report) {
  const AesStream stream{Key()};
  constexpr std::string_view aes[] = {"portable", "aesni", "vaes", "vaes512"};
  for (const size_t count : {size_t{1} << 12, size_t{1} << 22}) {
    std::vector<uint64_t> out(count);
    report.add("AES-128-CTR, " + std::to_string(count * 8 / 1024) + " KiB", aes[static_cast<size_t>(aes_ctr::fastest())], "GB/s",
               8.0 * static_cast<double>(count), [&] { stream.fill(out, 0); });
  }
}

void measure_elements(Report& report) {
  const int64_t n = 1 << 20;
  const auto x = words({n}), y = words({n}), a = words({n}), b = words({n}), c = words({n});
  const double count = static_cast<double>(n), word = 8 * count, bits = word / 64;
  const auto runner = name(kWordRuns.effective(kernel_path()));
  report.memory("multiply_combine, 1 Mi elements", runner, count, 6 * word, [&] { operators::multiply_combine(x, y, a, b, c, true); });
  report.memory("truncate_combine, 1 Mi elements", runner, count, 4 * word,
                [&] { operators::truncate_combine(x, a, b, 16, 64, true); });
  report.memory("truncated, 1 Mi elements", runner, count, 3 * word, [&] { operators::truncated(x, 16, 64); });
  report.memory("sum of two, 1 Mi elements", runner, count, 3 * word, [&] { operators::sum({x, y}); });
  const std::span<uint64_t> in(reinterpret_cast<uint64_t*>(x.mutable_data_ptr<int64_t>()), static_cast<size_t>(n)),
      out(reinterpret_cast<uint64_t*>(c.mutable_data_ptr<int64_t>()), in.size());
  const bool vbmi = &narrow_groups(kernel_path()) == &kNarrowGroupsVbmi;
  const std::string_view unpacker = vbmi ? "vbmi" : name(kNarrowGroups.effective(kernel_path())), packer = vbmi ? unpacker : name(KernelPath::portable);
  for (const int width : {6, 13, 40}) {
    std::vector<std::byte> narrow(narrow_size(n, width));
    const auto of = ", " + std::to_string(width) + " bits of 1 Mi elements";
    report.memory("pack_narrow" + of, packer, count, word + width * bits, [&] { pack_narrow(in, width, narrow); });
    report.memory("unpack_narrow" + of, unpacker, count, word + width * bits, [&] { unpack_narrow(narrow, width, 0, out); });
  }
}

// What a series of an angle takes, a block that stays in the cache at a time.
void measure_phasors(Report& report) {
  constexpr size_t kBlock = 512, kBlocks = 1 << 11;
  const auto angles = words({kBlock}), shares = words({2, kBlock});
  auto sums = words({kBlock});
  const auto in = [](const at::Tensor& tensor) { return reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>()); };
  auto* const out = reinterpret_cast<uint64_t*>(sums.mutable_data_ptr<int64_t>());
  std::vector<int32_t> numbers(4 * kBlock);
  const PhasorRun one{numbers.data(), numbers.data() + kBlock}, multiple{numbers.data() + 2 * kBlock, numbers.data() + 3 * kBlock};
  const PhasorRuns& runs = *kPhasorRuns[kernel_path()];
  const auto add = [&](const char* kernel, const std::function<void()>& body) {
    report.add(kernel, name(kPhasorRuns.effective(kernel_path())), "G/s", kBlock * kBlocks, [&] {
      for (size_t block = 0; block < kBlocks; ++block) body();
    });
  };
  runs.phasors(in(angles), 4, one, kBlock), runs.phasors(in(angles), 4, multiple, kBlock);
  add("phasors, 1 Mi angles", [&] { runs.phasors(in(angles), 4, one, kBlock); });
  add("phasors, next multiple of 1 Mi angles", [&] { runs.turn(multiple, one, kBlock); });
  add("phasors, shares of a harmonic, 1 Mi elements", [&] { runs.add_harmonic({123456789, -987654321, 30}, multiple, in(shares), in(shares) + kBlock, out, kBlock); });
}

void measure_bits(Report& report) {
  const int64_t n = 1 << 20;
  const auto x = words({n}), y = words({n});
  const double count = static_cast<double>(n), word = 8 * count, plane = word / 64;
  const auto chooser = name(kChosenWords.effective(kernel_path()));
  const auto transposer = name(kTilePlanes.effective(kernel_path()));
  const at::Tensor planes = slice_bits(x, 0, 64), bit = slice_bits(x, 63, 1);
  report.memory("slice_bits, all 64 of 1 Mi elements", transposer, count, 2 * word, [&] { slice_bits(x, 0, 64); });
  report.memory("slice_bits, top bit of 1 Mi elements", transposer, count, word + plane, [&] { slice_bits(x, 63, 1); });
  report.memory("unslice_bits, all 64 of 1 Mi elements", transposer, count, 2 * word, [&] { unslice_bits(planes, n, 0); });
  report.memory("bit_to_words, 1 Mi elements", chooser, count, word + plane, [&] { bit_to_words(bit, n); });
  report.memory("difference_or_second, 1 Mi elements", chooser, count, 3 * word + plane,
                [&] { difference_or_second(bit, false, x, y); });
  std::vector<std::byte> packed(static_cast<size_t>(packed_size(n, 64)));
  report.memory("pack, 64 planes of 1 Mi elements", "portable", count, 2 * word, [&] { pack(planes, n, packed); });
  // Sixteen digits of four bits, and one merge of four of them: the first two rounds of a comparison.
  const int64_t tiles = tile_count(n), digits = 16, entries = 15;
  const auto tables = words({tiles, digits * entries, kTileWords});
  std::vector<DigitLookup> lookups;
  for (int64_t d = 0; d < digits; ++d) lookups.push_back({4 * d, 4, d * entries, 2 * d, 2 * d + 1});
  report.memory("look_up_digits, 16 of 4 bits, 1 Mi elements", name(kLookUpDigit.effective(kernel_path())), count, plane * (64 + 240 + 32),
                [&] { look_up_digits(planes, tables, lookups, 32, true); });
  PlanePolynomial polynomial;
  for (int m = 0; m < 4; ++m) {
    PlaneMonomial monomial{{m}, {4 + m, 8 + m, 12 + m, 16 + m}, {-1}};
    for (int set = 1; set < 16; ++set) monomial.masks.push_back(16 * m + set);
    polynomial.sum.push_back(std::move(monomial));
  }
  report.memory("sums_of_products, 4 of 4 bits, 1 Mi elements", name(kPlaneSums.effective(kernel_path())), count, plane * (4 + 16 + 60 + 1),
                [&] { sums_of_products({planes, planes, tables, tables}, {&polynomial, 1}, true); });
  PairMerge merge;
  for (int64_t i = 0; i < 4; ++i) merge.public_less.push_back({tables, i}), merge.public_equal.push_back({tables, 4 + i});
  for (int64_t i = 0; i < 15; ++i) merge.masks_less.push_back({tables, 8 + i});
  for (int64_t i = 0; i < 16; ++i) merge.masks_equal.push_back({tables, 23 + i});
  merge.less = 0, merge.equal = 1;
  report.memory("merge_pairs, 4 pairs, 1 Mi elements", name(kMergePairs.effective(kernel_path())), count, plane * (8 + 30 + 2), [&] {
    merge_pairs({&merge, 1}, tiles, 2, true);
  });
}

}  // namespace

int main(int argc, char** argv) try {
  at::set_num_threads(1);
  std::map<std::string_view, std::string> options{{"--json", ""}, {"--only", ""}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: " << argv[0] << " [--json FILE] [--only TEXT]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  Report report(options["--only"]);
  std::printf("%s, %d threads\n", cpu_name().c_str(), ThreadPool::process().threads());
  nlohmann::json peaks;  // of all paths that this CPU has, taken or not
  for (const KernelPath path : kKernelPaths) {
    if (!supported(path)) continue;
    const auto peak = measure_peak(path);
    std::printf("peak of %s: %.2f GMAC/s, %s\n", peak["path"].get<std::string>().c_str(), peak["rate"].get<double>(),
                peak["instructions"].get<std::string>().c_str());
    peaks.push_back(peak);
  }
  measure_streams(report);
  measure_products(report);
  measure_elements(report);
  measure_phasors(report);
  measure_bits(report);
  if (!options["--json"].empty()) {
    std::ofstream(options["--json"]) << nlohmann::json{{"cpu", cpu_name()},
                                             {"threads", ThreadPool::process().threads()},
                                             {"peaks", peaks},
                                             {"results", report.rows_}}
                                  .dump(2)
                           << "\n";
  }
  return 0;
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
