#include "crypten_core/kernels/ring_digits.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/crypten_core/kernels/imitated_tiles.h"

// The whole way of a product through tiles of bytes, with the tiles imitated; where the CPU has AMX, through the true ones as well. Expected is what the
// portable path computes, which has no part in it.
namespace crypten {
namespace {

using namespace crypten::test;

using Imitated = DigitKernels<ImitatedTiles, kRingKernelsPortable, INT64_MAX>;  // however many zeros: tests want small shapes

std::vector<const RingKernels*> digit_paths() {
  std::vector<const RingKernels*> found{&Imitated::kKernels<8, 8>};
  if (supported(KernelPath::amx)) found.push_back(&kRingKernelsAmx);
  return found;
}

at::Tensor portable(const at::Tensor& a, const at::Tensor& b) { return ring_matmul(a, b, PublicOperand::none, kRingKernelsPortable); }

// Words of `bits` bits, signed, among them the least and the greatest.
at::Tensor small_words(at::IntArrayRef sizes, int bits) {
  const int64_t least = -(int64_t{1} << (bits - 1));
  auto words = at::randint(least, -least, sizes, at::kLong);
  words.view({-1})[0] = least;
  words.view({-1})[-1] = -least - 1;
  return words;
}

}  // namespace

TEST_CASE("a panel's digits lie where the tiles want them") {
  const auto words = random_words({128, 16});
  const auto* const from = reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>());
  std::vector<uint64_t> rows(from, from + 128 * 16), columns = rows;
  split_rows(128, rows.data());
  split_columns(128, columns.data());
  const auto byte = [](const std::vector<uint64_t>& panel, int64_t at) { return static_cast<uint8_t>(panel[static_cast<size_t>(at / 8)] >> at % 8 * 8); };
  bool right = true;
  for (int64_t l = 0; l < 128; ++l) {
    for (int64_t lane = 0; lane < 16; ++lane) {
      for (int64_t d = 0; d < 8; ++d) {
        const auto digit = static_cast<uint8_t>(from[l * 16 + lane] >> 8 * d);
        const int64_t tile = (l / 64 * 8 + d) * 1024, k = l % 64;
        right &= byte(rows, tile + lane * 64 + k) == digit;
        right &= byte(columns, tile + k / 4 * 64 + lane * 4 + k % 4) == digit;
      }
    }
  }
  CHECK(right);
}

TEST_CASE("products of digits agree with the portable path for every kind of shape") {
  using Sizes = std::vector<int64_t>;
  const std::vector<std::pair<Sizes, Sizes>> shapes{{{4, 1}, {1, 4}},       {{16, 64}, {64, 16}},   {{17, 65}, {65, 17}},  {{15, 63}, {63, 15}},
                                                    {{5, 300}, {300, 9}},   {{4, 513}, {513, 33}},  {{50, 17}, {17, 120}}, {{305, 20}, {20, 8}},
                                                    {{8, 20}, {20, 530}},   {{6}, {2, 6, 3}},       {{9, 4, 5}, {5, 6}},   {{2, 1, 7, 5}, {3, 5, 8}},
                                                    {{4, 5}, {2, 3, 5, 6}}, {{70, 256}, {256, 70}}, {{1, 70}, {70, 40}},   {{3, 4}, {4, 0}}};
  for (const RingKernels* kernels : digit_paths()) {
    for (const auto& [left, right] : shapes) {
      const auto a = random_words(left), b = random_words(right);
      INFO(a.sizes() << " " << b.sizes());
      CHECK(at::equal(ring_matmul(a, b, PublicOperand::none, *kernels), portable(a, b)));
      CHECK(at::equal(portable(a, b), at::matmul(a, b)));
    }
    const auto a = random_words({70, 20}).t(), b = random_words({60, 70}).t(), sparse = random_words({140, 120}).slice(0, 0, 140, 2).slice(1, 0, 120, 2);
    CHECK(at::equal(ring_matmul(a, b, PublicOperand::none, *kernels), portable(a, b)));
    CHECK(at::equal(ring_matmul(a, sparse, PublicOperand::none, *kernels), portable(a, sparse)));
    CHECK(at::equal(ring_matmul(sparse.t(), a.t(), PublicOperand::none, *kernels), portable(sparse.t(), a.t())));
  }
  CHECK(ImitatedTiles::state().turns > 0);
  CHECK_FALSE(ImitatedTiles::state().used_unconfigured);
  CHECK_FALSE(ImitatedTiles::state().configured);
}

TEST_CASE("products of digits are exact for the greatest digits") {
  // (2^64 − 1)² = 1 mod 2^64, so every element is the length.
  for (const RingKernels* kernels : digit_paths()) {
    const auto product = ring_matmul(at::full({7, 20000}, int64_t{-1}), at::full({20000, 9}, int64_t{-1}), PublicOperand::none, *kernels);
    CHECK(at::equal(product, at::full({7, 9}, int64_t{20000})));
    // One block of the longest sum whose accumulators hold it.
    const int64_t length = kMostDigitsLength / kDigitsStep * kDigitsStep;
    std::vector<uint64_t> panel(static_cast<size_t>(length * 16), ~uint64_t{0}), c(256, 5);
    kernels->digits->enter();
    kernels->block({length, panel.data(), 1, 16, panel.data(), c.data(), 16, true});
    kernels->digits->leave();
    CHECK(c == std::vector<uint64_t>(256, static_cast<uint64_t>(length + 5)));
  }
}

TEST_CASE("narrow public operands take fewer digits and give the same words") {
  for (const RingKernels* kernels : digit_paths()) {
    for (const int bits : {1, 2, 7, 8, 9, 16, 17, 24, 25, 31, 32, 33, 63}) {
      const auto narrow = small_words({20, 70}, bits), wide = random_words({70, 30});
      INFO(bits);
      const PublicOperand left(PublicOperand::left, bits), right(PublicOperand::right, bits);
      const RingKernels& of_a = for_public(*kernels, left);
      CHECK((of_a.block == kernels->block) == (bits > 32));
      CHECK(at::equal(ring_matmul(narrow, wide, left, *kernels), portable(narrow, wide)));
      CHECK(at::equal(ring_matmul(wide.t(), narrow.t(), right, *kernels), portable(wide.t(), narrow.t())));
      CHECK(at::equal(ring_matmul(narrow, wide, PublicOperand::right, *kernels), portable(narrow, wide)));
      const auto image = random_words({2, 3, 7, 6}), weight = small_words({5, 3, 3, 3}, bits);
      const auto expected = ring_conv2d(image, weight, {.padding = {1, 1}}, PublicOperand::none, kRingKernelsPortable);
      CHECK(at::equal(ring_conv2d(image, weight, {.padding = {1, 1}}, right, *kernels), expected));
      CHECK(at::equal(ring_conv2d(weight, image.slice(2, 0, 3).slice(3, 0, 3), {}, left, *kernels),
                      ring_conv2d(weight, image.slice(2, 0, 3).slice(3, 0, 3), {}, PublicOperand::none, kRingKernelsPortable)));
    }
    // Sums of the least and greatest digits of both signs, longer than a piece.
    for (const auto& [value, bits] : {std::pair{int64_t{-128}, 8}, {127, 8}, {-32768, 16}, {-2147483648, 32}, {2147483647, 32}, {-1, 1}}) {
      const auto narrow = at::full({5, 600}, value), wide = at::full({600, 5}, int64_t{-1});
      CHECK(at::equal(ring_matmul(narrow, wide, {PublicOperand::left, bits}, *kernels), at::full({5, 5}, -600 * value)));
      CHECK(at::equal(ring_matmul(wide.t(), narrow.t(), {PublicOperand::right, bits}, *kernels), at::full({5, 5}, -600 * value)));
    }
  }
}

TEST_CASE("convolutions of digits agree with the portable path") {
  for (const RingKernels* kernels : digit_paths()) {
    const auto both = [&](at::IntArrayRef input, at::IntArrayRef weight, const Conv2dOptions& options) {
      const auto x = random_words(input), w = random_words(weight);
      CHECK(at::equal(ring_conv2d(x, w, options, PublicOperand::none, *kernels), ring_conv2d(x, w, options, PublicOperand::none, kRingKernelsPortable)));
    };
    both({2, 3, 7, 9}, {5, 3, 3, 3}, {.padding = {1, 1}});
    both({2, 6, 9, 9}, {4, 3, 3, 3}, {.stride = {2, 1}, .padding = {1, 1}, .groups = 2});
    both({1, 40, 6, 6}, {13, 40, 3, 3}, {.padding = {1, 1}, .dilation = {2, 1}});
    both({3, 4, 8, 8}, {17, 4, 1, 1}, {});
    both({2, 6, 9, 9}, {6, 1, 3, 3}, {.padding = {1, 1}, .groups = 6});
  }
}

TEST_CASE("shapes of mostly zeros go back to words") {
  CHECK(&kRingKernelsAmx.for_shape(1, 1000, 1000) == &kRingKernelsAvx512);
  CHECK(&kRingKernelsAmx.for_shape(64, 64, 20) == &kRingKernelsAvx512);
  CHECK(&kRingKernelsAmx.for_shape(64, 64, 64) == &kRingKernelsAmx);
  CHECK(&kRingKernelsPortable.for_shape(1, 1, 1) == &kRingKernelsPortable);
}

}  // namespace crypten
