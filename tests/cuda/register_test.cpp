// What cuda/ registers, and every kernel of it beside the CPU's.
#include <ATen/core/dispatch/Dispatcher.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/device_streams.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/stream_tensor.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

using Sizes = std::vector<int64_t>;

const Sizes kCounts{0, 1, 63, 64, 65, 511, 512, 513, 1300, 100000};

at::Tensor there(const at::Tensor& tensor) { return tensor.to(kGpu); }
// Shape and words.
bool same(const at::Tensor& device, const at::Tensor& cpu) { return device.device() == kGpu && device.sizes() == cpu.sizes() && at::equal(device.cpu(), cpu); }

}  // namespace

TEST_CASE("every operator that has a kernel for the CPU has one for the device, and so have streams") {
  int operators = 0;
  for (const auto& name : c10::Dispatcher::singleton().getAllOpNames()) {
    if (name.name.rfind("crypten::", 0) != 0) continue;
    const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name.name.c_str(), name.overload_name.c_str());
    INFO(name.name);
    CHECK(handle.hasKernelForDispatchKey(c10::DispatchKey::CPU));
    CHECK(handle.hasKernelForDispatchKey(c10::computeDispatchKey(at::kLong, at::kStrided, kGpu)));
    ++operators;
  }
  CHECK(operators == 14);
  CHECK(device_stream(static_cast<int>(kGpu.type())) != nullptr);
}

TEST_CASE("device: element-wise kernels") {
  if (no_gpu()) return;
  for (const Sizes& sizes : {Sizes{0}, {1}, {3, 5}, {70000}}) {
    std::vector<at::Tensor> cpu, gpu;
    for (int i = 0; i < 5; ++i) cpu.push_back(random_words(sizes)), gpu.push_back(there(cpu.back()));
    for (const bool add_public : {false, true}) {
      CHECK(same(operators::multiply_combine(gpu[0], gpu[1], gpu[2], gpu[3], gpu[4], add_public),
                 operators::multiply_combine(cpu[0], cpu[1], cpu[2], cpu[3], cpu[4], add_public)));
      for (const auto& [shift, bits] : {std::pair{16, 64}, {1, 64}, {62, 64}, {3, 8}}) {
        CHECK(same(operators::truncated(gpu[0], shift, bits), operators::truncated(cpu[0], shift, bits)));
        CHECK(same(operators::truncate_combine(gpu[0], gpu[1], gpu[2], shift, bits, add_public),
                   operators::truncate_combine(cpu[0], cpu[1], cpu[2], shift, bits, add_public)));
      }
    }
    for (size_t parts = 1; parts <= 5; ++parts)
      CHECK(same(operators::sum({gpu.begin(), gpu.begin() + static_cast<std::ptrdiff_t>(parts)}),
                 operators::sum({cpu.begin(), cpu.begin() + static_cast<std::ptrdiff_t>(parts)})));
  }
  const auto x = random_words({4, 1}), y = random_words({3}), c = random_words({3, 4}).t();  // broadcast, strided
  CHECK(same(operators::multiply_combine(there(x), there(y), there(x), there(y), there(c.t()).t(), true), operators::multiply_combine(x, y, x, y, c, true)));
}

TEST_CASE("device: bit planes") {
  if (no_gpu()) return;
  for (const int64_t n : kCounts) {
    const auto words = random_words({n});
    for (const auto& [first, count] : {std::pair{0, 64}, {0, 1}, {63, 1}, {16, 31}, {3, 33}, {5, 0}}) {
      INFO("n " << n << " first " << first << " count " << count);
      const auto planes = slice_bits(words, first, count);
      CHECK(same(slice_bits(there(words), first, count), planes));
      CHECK(same(unslice_bits(there(planes), n, first), unslice_bits(planes, n, first)));
      if (count < 3) continue;
      CHECK(same(unslice_bits(there(planes).narrow(1, 1, 2), n, first), unslice_bits(planes.narrow(1, 1, 2), n, first)));
    }
    const auto bit = slice_bits(words, 7, 1), a = random_words({n}), b = random_words({n});
    CHECK(same(bit_to_words(there(bit), n), bit_to_words(bit, n)));
    CHECK(same(bit_to_words(there(bit).squeeze(1), n), bit_to_words(bit, n)));
    for (const bool inverted : {false, true})
      CHECK(same(difference_or_second(there(bit), inverted, there(a), there(b)), difference_or_second(bit, inverted, a, b)));
  }
}

TEST_CASE("device: narrow words") {
  if (no_gpu()) return;
  for (const int bits : {1, 3, 7, 8, 31, 33, 48, 63, 64}) {
    for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{64}, int64_t{1000}, 100000 / kLess}) {
      const auto words = random_words({(n * bits + 63) / 64});
      INFO(n << " of " << bits << " bits");
      CHECK(same(operators::unpack_narrow(there(words), bits, {n}), operators::unpack_narrow(words, bits, {n})));
    }
  }
  CHECK(operators::unpack_narrow(there(at::full({3}, int64_t{-1})), 48, {2, 2}).eq((int64_t{1} << 48) - 1).all().item<bool>());
  CHECK(code_of([] { operators::unpack_narrow(there(random_words({3})), 48, {5}); }) == 160);
  CHECK(code_of([] { operators::unpack_narrow(there(random_words({3})), 65, {1}); }) == 160);
}

TEST_CASE("device: sums of series") {
  if (no_gpu()) return;
  for (const int64_t n : {0, 1, 257, 5000}) {
    for (const int64_t harmonics : {1, 3, 27}) {
      const auto angles = random_words({n}).bitwise_and_((1 << 28) - 1), shares = random_words({2 * harmonics, n}),
                 terms = at::cat({(at::arange(harmonics, at::kLong) * 2 + 1).unsqueeze(0), at::randint(-(int64_t{1} << 31), int64_t{1} << 31, {2, harmonics}, at::kLong)});
      CHECK(same(operators::series_sum(there(angles), there(shares), there(terms), 4, 22, -77), operators::series_sum(angles, shares, terms, 4, 22, -77)));
    }
  }
}

TEST_CASE("device: pieces of comparisons") {
  if (no_gpu()) return;
  for (const int64_t tiles : {0, 1, 3, 300}) {
    for (int width = 1; width <= 7; ++width) {
      const auto numbers = random_words({tiles, 9, kTileWords}), tables = random_words({tiles, 260, kTileWords});
      const std::vector<DigitLookup> lookups{{0, width, 0, 0, 1}, {2, width, 130, -1, 2}, {1, width, 5, 3, -1}};
      for (const bool one : {false, true})
        CHECK(same(look_up_digits(there(numbers), there(tables), lookups, 4, one), look_up_digits(numbers, tables, lookups, 4, one)));
    }
    for (int pairs = 1; pairs <= 8; ++pairs) {
      const int64_t products = int64_t{1} << pairs;
      const auto cpu = random_words({tiles, 2 * pairs + 2 * products, kTileWords}), gpu = there(cpu);
      const auto merge_of = [&](const at::Tensor& planes, bool less, bool equal) {
        int64_t next = 0;
        const auto take = [&](int64_t count) {
          std::vector<Plane> list;
          for (int64_t i = 0; i < count; ++i) list.push_back({planes, next++});
          return list;
        };
        PairMerge merge;
        if (less) merge.public_less = take(pairs), merge.masks_less = take(products - 1), merge.less = 0;
        merge.public_equal = take(pairs), merge.masks_equal = take(equal ? products : products / 2);
        merge.masks_equal[0] = {};
        if (equal) merge.equal = 1;
        return merge;
      };
      for (const bool one : {false, true}) {
        const std::vector<PairMerge> here{merge_of(cpu, true, true)}, on_gpu{merge_of(gpu, true, true)};
        CHECK(same(merge_pairs(on_gpu, tiles, 2, one), merge_pairs(here, tiles, 2, one)));
        const auto less = merge_of(cpu, true, false), equal = merge_of(cpu, false, true), less_there = merge_of(gpu, true, false),
                   equal_there = merge_of(gpu, false, true);
        CHECK(same(merge_pairs({&less_there, 1}, tiles, 1, one), merge_pairs({&less, 1}, tiles, 1, one)));
        const std::vector<PairMerge> both{less, equal}, both_there{less_there, equal_there};
        CHECK(same(merge_pairs(both_there, tiles, 2, one), merge_pairs(both, tiles, 2, one)));
      }
    }
  }
}

TEST_CASE("device: matrix products") {
  if (no_gpu()) return;
  for (const auto& [left, right] : {std::pair<Sizes, Sizes>{{1, 1}, {1, 1}},
                                    {{9, 5}, {5, 9}},
                                    {{64, 64}, {64, 64}},
                                    {{65, 33}, {33, 130}},
                                    {{150, 17}, {17, 520}},
                                    {{290, 257}, {257, 1030}},
                                    {{1, 700}, {700, 600}},
                                    {{3, 40}, {40, 260}},
                                    {{300, 70}, {70, 1}},
                                    {{300, 70}, {70, 8}},
                                    {{9}, {9}},
                                    {{9}, {9, 4}},
                                    {{4, 9}, {9}},
                                    {{2, 3, 4, 5}, {5}},
                                    {{6}, {2, 6, 3}},
                                    {{3, 14, 5}, {5, 16}},
                                    {{2, 1, 17, 5}, {3, 5, 18}},
                                    {{14, 5}, {2, 3, 5, 16}},
                                    {{3, 1, 1}, {3, 1, 1}},
                                    {{0, 4}, {4, 3}},
                                    {{3, 0}, {0, 4}},
                                    {{0, 2, 3}, {3, 4}}}) {
    const auto a = random_words(left), b = random_words(right);
    INFO(a.sizes() << " " << b.sizes());
    CHECK(same(operators::matmul(there(a), there(b)), operators::matmul(a, b)));
  }
  for (const int64_t m : {1, 3, 50, 100}) {  // strides
    const auto a = random_words({70, m}), b = random_words({60, 70}), wide = random_words({140, 120});
    CHECK(same(operators::matmul(there(a).t(), there(b).t()), operators::matmul(a.t(), b.t())));
    CHECK(same(operators::matmul(there(a).t(), there(wide).slice(0, 0, 140, 2).slice(1, 0, 120, 2)),
               operators::matmul(a.t(), wide.slice(0, 0, 140, 2).slice(1, 0, 120, 2))));
    const auto row = random_words({1, 70});
    CHECK(same(operators::matmul(there(row).expand({m, 70}), there(b).t()), operators::matmul(row.expand({m, 70}), b.t())));
  }
  for (const auto& [m, n] : {std::pair<int64_t, int64_t>{1, 5}, {5, 2}, {kLess > 1 ? 20 : 70, kLess > 1 ? 30 : 90}}) {  // (2^64 − 1)² = 1 mod 2^64
    const auto ones = [](at::IntArrayRef sizes) { return there(at::full(sizes, int64_t{-1})); };
    CHECK(same(operators::matmul(ones({m, 20000}), ones({20000, n})), at::full({m, n}, int64_t{20000})));
  }
}

TEST_CASE("device: convolutions") {
  if (no_gpu()) return;
  struct Case {
    Sizes input, weight;
    Conv2dOptions options;
  };
  for (const auto& [input, weight, options] :
       {Case{{1, 1, 3, 3}, {1, 1, 3, 3}, {}}, Case{{2, 3, 17, 19}, {16, 3, 7, 7}, {.stride = {2, 2}, .padding = {3, 3}}},
        Case{{3, 8, 9, 8}, {12, 4, 3, 2}, {.padding = {2, 0}, .dilation = {2, 3}, .groups = 2}},
        Case{{2, 24, 14, 14}, {24, 1, 3, 3}, {.padding = {1, 1}, .groups = 24}},
        Case{{2, 24, 14, 14}, {48, 1, 5, 5}, {.stride = {2, 1}, .padding = {2, 2}, .groups = 24}}, Case{{4, 64, 8, 8}, {70, 64, 1, 1}, {}},
        Case{{1, 128, 7, 7}, {64, 128, 3, 3}, {.padding = {1, 1}}}, Case{{0, 3, 5, 5}, {2, 3, 3, 3}, {}}}) {
    const auto x = random_words(input), w = random_words(weight);
    INFO(x.sizes() << " " << w.sizes());
    CHECK(same(operators::conv2d(there(x), there(w), options), operators::conv2d(x, w, options)));
  }
}

TEST_CASE("device: streams at any position") {
  if (no_gpu()) return;
  const AesStream stream(random_key());
  constexpr uint64_t kEnd = uint64_t{1} << 37;
  for (const int64_t count : {int64_t{0}, int64_t{1}, int64_t{2}, int64_t{3}, int64_t{511}, int64_t{512}, int64_t{513}, int64_t{100001}, 3000000 / kLess}) {
    for (const uint64_t position : {uint64_t{0}, uint64_t{1}, uint64_t{511}, (uint64_t{1} << 33) - 300, kEnd - 3000001}) {
      auto cpu = at::empty({count}, at::kLong), gpu = at::empty({count + 2}, cpu.options().device(kGpu));
      gpu.fill_(int64_t{-5});
      fill_words(stream, cpu, position);
      auto middle = gpu.narrow(0, 1, count);  // not aligned to 16 bytes
      fill_words(stream, middle, position);
      INFO(count << " words from " << position);
      CHECK(same(middle, cpu));
      CHECK((gpu[0].item<int64_t>() == -5 && gpu[count + 1].item<int64_t>() == -5));
      auto aligned = at::empty({count}, gpu.options());
      fill_words(stream, aligned, position);
      CHECK(same(aligned, cpu));
    }
  }
}

TEST_CASE("device: operands of two devices or other types are refused by name") {
  if (no_gpu()) return;
  const auto a = random_words({600}), gpu = there(a), plane = there(slice_bits(a, 0, 1));
  CHECK(code_of([&] { operators::sum({a, gpu}); }) == 124);
  CHECK(code_of([&] { difference_or_second(plane, false, a, gpu); }) == 124);
  CHECK(code_of([&] { operators::matmul(gpu.to(at::kInt), gpu); }) == 142);
  CHECK(code_of([&] { slice_bits(gpu, 60, 5); }) == 160);
  CHECK(code_of([&] { unslice_bits(plane, 1025, 0); }) == 160);
  CHECK(code_of([&] { operators::truncate_combine(gpu, gpu, gpu, 0, 64, true); }) == 102);
}
