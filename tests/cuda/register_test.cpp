// What cuda/ registers, and every kernel of it beside the CPU's.
#include <ATen/core/dispatch/Dispatcher.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/device_streams.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/carry_chunks.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/digit_tables.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/kernels/sums_of_planes.h"
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
  CHECK(operators == 22);
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

TEST_CASE("device: sums of powers") {
  if (no_gpu()) return;
  const auto mantissas = at::tensor({int64_t{1} << 62, (int64_t{1} << 62) + 12345, INT64_MAX, int64_t{5} << 60}, at::kLong);
  for (const int64_t n : {0, 1, 257, 5000}) {
    for (const int high_bits : {0, 1, 4, 6}) {
      const int64_t entries = int64_t{1} << high_bits;
      for (const auto& opened : {random_words({n}), at::full({n}, int64_t{-1}), at::zeros({n}, at::kLong)}) {
        std::vector<at::Tensor> tables, tables_there;
        for (int64_t u = 0; u < entries; ++u) tables.push_back(u == 0 ? at::full({n}, int64_t{-1}) : random_words({n})), tables_there.push_back(there(tables.back()));
        std::vector<at::Tensor> rows;  // of group 0 all entries, of group 1 none, of group 2 one
        for (int64_t u = 0; u < entries; ++u) rows.push_back(at::tensor({int64_t{0}, u, mantissas[u % 4].item<int64_t>(), u * 7 - 40}, at::kLong));
        rows.push_back(at::tensor({int64_t{2}, entries - 1, INT64_MAX, int64_t{70}}, at::kLong));
        const auto factors = at::stack(rows);
        for (const auto& [offset, low_bits, slope] : {std::tuple<int64_t, int64_t, int64_t>{0, 20, int64_t{3} << 33}, {-77, 40, -9999}, {INT64_MIN, 58, 1}})
          CHECK(same(operators::power_sums(there(opened), tables_there, there(factors), offset, low_bits, slope, 3),
                     operators::power_sums(opened, tables, factors, offset, low_bits, slope, 3)));
      }
    }
  }
  CHECK(code_of([] { operators::power_sums(there(random_words({5})), {there(random_words({4}))}, there(random_words({1, 4})), 0, 8, 1, 1); }) == 142);
}

TEST_CASE("device: planes as they travel") {
  if (no_gpu()) return;
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{8}, int64_t{65}, int64_t{511}, int64_t{512}, int64_t{513}, int64_t{1300}, 100003 / kLess}) {
    for (const int64_t count : {int64_t{0}, int64_t{1}, int64_t{3}, int64_t{31}}) {
      for (const bool ones : {false, true}) {
        const auto planes = ones ? at::full({tile_count(n), count + 2, kTileWords}, int64_t{-1}) : random_words({tile_count(n), count + 2, kTileWords});
        INFO(n << " elements, " << count << " planes");
        const auto dense = planes.narrow(1, 1, count).contiguous(), packed = pack_planes(dense, n);
        CHECK(same(pack_planes(there(dense), n), packed));
        CHECK(same(pack_planes(there(planes).narrow(1, 1, count), n), packed));
        CHECK(same(unpack_planes(there(packed), n, count), unpack_planes(packed, n, count)));
        const auto dirty = ones ? at::full(packed.sizes(), int64_t{-1}) : random_words(packed.sizes());  // lanes that a peer set beyond n
        CHECK(same(unpack_planes(there(dirty), n, count), unpack_planes(dirty, n, count)));
      }
    }
  }
  CHECK(code_of([] { unpack_planes(there(random_words({3})), 600, 2); }) == 160);
  CHECK(code_of([] { pack_planes(there(random_words({1, 2, kTileWords})), 600); }) == 160);
}

TEST_CASE("device: numbers added or complemented by a plane") {
  if (no_gpu()) return;
  for (const int64_t n : kCounts) {
    for (const bool one : {false, true}) {
      const auto plane = slice_bits(random_words({n}), 3, 1), a = random_words({n}), before = random_words({n});
      auto sum = before.clone(), sum_there = there(before);
      add_or_complement(sum, plane, a, one), add_or_complement(sum_there, there(plane), there(a), one);
      CHECK(same(sum_there, sum));
      if (n == 0) continue;
      const auto i = n - 1;
      const int64_t expected = before[i].item<int64_t>() + (bit_to_words(plane, n)[i].item<int64_t>() == 1 ? a[i].item<int64_t>() : int64_t{one} - a[i].item<int64_t>());
      CHECK(sum[i].item<int64_t>() == expected);
    }
  }
}

TEST_CASE("device: pieces of size classes") {
  if (no_gpu()) return;
  std::mt19937_64 random(5);
  const auto below = [&random](int64_t limit) { return static_cast<int>(random() % static_cast<uint64_t>(limit)); };
  for (const int64_t tiles : {0, 1, 3, 40}) {
    const auto planes = [tiles](int64_t count, bool ones) { return ones ? at::full({tiles, count, kTileWords}, int64_t{-1}) : random_words({tiles, count, kTileWords}); };
    for (const bool ones : {false, true}) {
      for (const auto& [chunks, bits] : {std::pair<int64_t, int64_t>{8, 4}, {3, 1}, {16, 2}, {1, 7}}) {
        const auto digits = planes(chunks * bits, ones), tables = planes(chunks * ((1 << bits) - 1), ones);
        for (const bool one : {false, true}) {
          const auto here = digit_tables(digits, tables, chunks, bits, one), device = digit_tables(there(digits), there(tables), chunks, bits, one);
          CHECK(same(device.values, here.values));
          CHECK(same(device.derived, here.derived));
          CHECK(same(device.flags, here.flags));
        }
      }
      const auto a = planes(9, ones), b = planes(5, ones), c = planes(11, ones), d = planes(30, ones);
      std::vector<std::vector<PlanePair>> pairs{{}, {{8, 4}}};
      for (int s = 0; s < 5; ++s)
        for (auto& sum = pairs.emplace_back(); sum.size() < 20;) sum.push_back({below(9), below(5)});
      CHECK(same(sums_of_pairs(there(a), there(b), pairs), sums_of_pairs(a, b, pairs)));
      CHECK(same(sums_of_pairs(there(a).narrow(1, 0, 9), there(planes(7, ones)).narrow(1, 2, 5).zero_(), pairs), sums_of_pairs(a, at::zeros_like(b), pairs)));
      std::vector<PlanePolynomial> polynomials{{}};
      for (int bits = 0; bits <= 8; ++bits) {
        auto& polynomial = polynomials.emplace_back();
        for (int m = 0; m < 2; ++m) {
          PlaneMonomial monomial{std::vector<int>(static_cast<size_t>(below(3))), std::vector<int>(static_cast<size_t>(bits)), {-1}};
          for (auto& flag : monomial.flags) flag = below(9);
          for (auto& bit : monomial.bits) bit = below(5);
          for (unsigned set = 1; set < 1U << bits; ++set) monomial.masks.push_back(below((set & (set - 1)) == 0 ? 11 : 30));
          polynomial.sum.push_back(monomial);
        }
      }
      for (const bool one : {false, true})
        CHECK(same(sums_of_products({there(a), there(b), there(c), there(d)}, polynomials, one), sums_of_products({a, b, c, d}, polynomials, one)));
    }
  }
  const auto a = there(random_words({2, 3, kTileWords}));
  const std::vector<std::vector<PlanePair>> beyond{{{3, 0}}};
  CHECK(code_of([&] { sums_of_pairs(a, a, beyond); }) == 160);
  CHECK(code_of([&] { digit_tables(a, a, 3, 1, true); }) == 0);
  CHECK(code_of([&] { digit_tables(a, a, 3, 2, true); }) == 160);
}

TEST_CASE("device: carries within chunks of words") {
  if (no_gpu()) return;
  for (const int64_t tiles : {0, 1, 3, 70}) {
    for (const bool lift : {false, true}) {
      for (int width = 1; width <= 7; ++width) {
        std::vector<CarryChunk> chunks;
        int next = 0;
        for (const int low : {0, width}) {
          CarryChunk chunk{.low_bit = low, .width = width};
          for (int i = 0; i < width; ++i) {
            for (int above = 0; above < 1 << (width - 1 - i); ++above) {
              chunk.both.push_back(lift ? -1 : next++), chunk.a.push_back(lift || above == 0 ? -1 : next++), chunk.b.push_back(!lift && above == 0 ? -1 : next++);
            }
          }
          for (int j = 0; j < width; ++j) chunk.open_generated.push_back(j + 1 == width ? (low == 0 ? 0 : 2) : -1), chunk.open_passed.push_back(j + 1 == width ? (low == 0 ? 1 : 3) : -1);
          chunks.push_back(chunk);
        }
        for (const bool ones : {false, true}) {
          const auto planes = [&](int64_t count) { return ones ? at::full({tiles, count, kTileWords}, int64_t{-1}) : random_words({tiles, count, kTileWords}); };
          const CarryOperands here{planes(4 * width), planes(4 * width), planes(next), 2 * width, lift},
              device{there(here.words), there(here.masks), there(here.products), 2 * width, lift};
          for (const bool one : {false, true}) {
            const auto [generated, opened] = carry_chunks(here, chunks, 4, one);
            const auto [generated_there, opened_there] = carry_chunks(device, chunks, 4, one);
            INFO("width " << width << (lift ? " lift" : ""));
            CHECK(same(generated_there, generated));
            CHECK(same(opened_there, opened));
          }
        }
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
