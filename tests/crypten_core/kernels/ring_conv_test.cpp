#include "crypten_core/kernels/ring_conv.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/error.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// From the definition: one shifted slice of the padded image for each weight.
at::Tensor reference(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& o) {
  const auto sizes = Bilinear::conv2d(o).output_sizes(input.sizes(), weight.sizes());
  const auto padded = at::constant_pad_nd(input, {o.padding[1], o.padding[1], o.padding[0], o.padding[0]});
  auto result = at::zeros(sizes, at::kLong);
  const int64_t outputs = weight.size(0) / o.groups;
  for (int64_t out = 0; out < weight.size(0); ++out) {
    for (int64_t c = 0; c < weight.size(1); ++c) {
      const auto plane = padded.select(1, out / outputs * weight.size(1) + c);
      for (int64_t y = 0; y < weight.size(2); ++y) {
        for (int64_t x = 0; x < weight.size(3); ++x) {
          const int64_t top = y * o.dilation[0], left = x * o.dilation[1];
          const auto seen = plane.slice(1, top, top + (sizes[2] - 1) * o.stride[0] + 1, o.stride[0])
                                .slice(2, left, left + (sizes[3] - 1) * o.stride[1] + 1, o.stride[1]);
          result.select(1, out).add_(seen * weight[out][c][y][x]);
        }
      }
    }
  }
  return result;
}

struct Case {
  std::vector<int64_t> input, weight;
  Conv2dOptions options;
};

const std::vector<Case> kCases{
    {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {{2, 3, 7, 9}, {5, 3, 3, 3}, {}},
    {{2, 3, 7, 9}, {5, 3, 3, 3}, {.padding = {1, 1}}},
    {{3, 4, 8, 8}, {7, 4, 1, 1}, {}},
    {{3, 4, 8, 9}, {7, 4, 1, 1}, {.stride = {2, 2}}},
    {{2, 3, 17, 19}, {6, 3, 7, 7}, {.stride = {2, 2}, .padding = {3, 3}}},
    {{2, 2, 11, 10}, {3, 2, 3, 2}, {.stride = {1, 3}, .padding = {2, 0}, .dilation = {2, 3}}},
    {{2, 2, 5, 6}, {3, 2, 2, 5}, {.stride = {3, 1}, .padding = {4, 7}, .dilation = {1, 2}}},
    {{2, 6, 9, 9}, {4, 3, 3, 3}, {.padding = {1, 1}, .groups = 2}},
    {{2, 6, 9, 9}, {6, 1, 3, 3}, {.padding = {1, 1}, .groups = 6}},
    {{2, 6, 9, 8}, {12, 1, 3, 5}, {.stride = {2, 3}, .padding = {2, 1}, .dilation = {1, 2}, .groups = 6}},
    {{1, 3, 4, 4}, {6, 1, 1, 1}, {.groups = 3}},
    {{2, 4, 5, 41}, {4, 1, 3, 3}, {.padding = {1, 1}, .groups = 4}},
    {{1, 3, 20, 67}, {3, 1, 5, 5}, {.stride = {2, 2}, .padding = {2, 2}, .groups = 3}},
    {{2, 2, 7, 9}, {4, 1, 2, 3}, {.stride = {3, 4}, .padding = {5, 6}, .dilation = {2, 1}, .groups = 2}},
    {{1, 2, 8, 8}, {2, 1, 1, 1}, {.stride = {3, 3}, .groups = 2}},
    {{1, 40, 6, 6}, {13, 40, 3, 3}, {.padding = {1, 1}}},
    {{5, 8, 2, 2}, {150, 8, 3, 3}, {.padding = {1, 1}}},
    {{2, 2, 40, 40}, {3, 2, 3, 3}, {.padding = {1, 1}}},
    // Few positions, of one image and of several, and a few more than those.
    {{1, 70, 2, 2}, {260, 70, 3, 3}, {.padding = {1, 1}}},
    {{2, 6, 2, 2}, {10, 3, 3, 3}, {.padding = {1, 1}, .groups = 2}},
    {{3, 5, 3, 3}, {9, 5, 2, 3}, {.stride = {2, 2}, .padding = {0, 1}}},
    {{7, 5, 1, 1}, {9, 5, 1, 1}, {}},
    {{1, 60, 3, 3}, {9, 60, 3, 3}, {.padding = {1, 1}}},
    {{1, 40, 4, 4}, {16, 40, 3, 3}, {.padding = {1, 1}}},
    {{1, 40, 4, 6}, {17, 40, 3, 3}, {.padding = {1, 1}}},
    // Widths that divide panels in every way, and tiles of more than one image or less.
    {{1, 9, 7, 7}, {24, 9, 3, 3}, {.padding = {1, 1}}},
    {{11, 3, 6, 5}, {8, 3, 3, 3}, {.padding = {1, 1}}},
    {{90, 2, 2, 2}, {16, 2, 3, 3}, {.padding = {1, 1}}},
    {{2, 3, 33, 31}, {8, 3, 5, 5}, {.stride = {2, 3}, .padding = {2, 2}}},
    {{3, 4, 9, 11}, {8, 4, 3, 3}, {.stride = {2, 2}, .padding = {1, 1}}},
    {{2, 3, 12, 13}, {520, 3, 3, 3}, {}},
    {{2, 3, 9, 9}, {8, 3, 1, 1}, {.stride = {3, 4}, .padding = {1, 2}}},
    {{1, 2, 3, 3}, {8, 2, 9, 9}, {.padding = {6, 7}}},
    {{2, 4, 6, 9}, {12, 2, 2, 2}, {.dilation = {3, 2}, .groups = 2}},
    // Far beyond the image: strides, whose window is small by the taps; borders and dilations, of which no window is made.
    {{2, 3, 4, 5}, {8, 3, 2, 3}, {.stride = {801, 701}, .padding = {800, 700}}},
    {{1, 2, 4, 5}, {40, 2, 2, 2}, {.padding = {1500, 1500}, .dilation = {3002, 3003}}},
    {{0, 3, 7, 9}, {5, 3, 3, 3}, {}},
    {{2, 3, 7, 9}, {0, 3, 3, 3}, {}},
};

}  // namespace

TEST_CASE("conv2d agrees with its definition") {
  for (const KernelPath path : kKernelPaths) {
    if (!supported(path)) continue;
    for (const auto& [input_sizes, weight_sizes, options] : kCases) {
      const auto input = random_words(input_sizes), weight = random_words(weight_sizes);
      INFO(name(path) << " " << input.sizes() << " " << weight.sizes());
      const auto result = ring_conv2d(input, weight, options, PublicOperand::none, path);
      CHECK(at::equal(result, reference(input, weight, options)));
    }
  }
}

TEST_CASE("conv2d takes strided operands and is exact for all-ones ones") {
  const auto input = random_words({2, 9, 8, 3}).permute({0, 3, 1, 2}), weight = random_words({3, 3, 3, 4}).permute({3, 0, 1, 2});
  CHECK(at::equal(ring_conv2d(input, weight, {}), reference(input, weight, {})));
  for (const KernelPath path : supported_paths()) {
    for (const int64_t size : {3, 4, 6, 7}) {  // 1, 4, 16 and 25 positions
      for (const int64_t outputs : {2, 9}) {
        const auto ones = ring_conv2d(at::full({1, 2240, size, size}, int64_t{-1}), at::full({outputs, 2240, 3, 3}, int64_t{-1}), {}, PublicOperand::none, path);
        CHECK(at::equal(ones, at::full({1, outputs, size - 2, size - 2}, int64_t{2240 * 9})));
      }
    }
  }
}

TEST_CASE("conv2d refuses what does not fit") {
  const auto input = random_words({1, 4, 5, 5});
  CHECK_THROWS_AS(ring_conv2d(input, random_words({2, 3, 3, 3}), {}), InvalidArgument);
  CHECK_THROWS_AS(ring_conv2d(input, random_words({3, 2, 3, 3}), {.groups = 2}), InvalidArgument);
  CHECK_THROWS_AS(ring_conv2d(input, random_words({2, 4, 6, 3}), {}), InvalidArgument);
  CHECK_THROWS_AS(ring_conv2d(input, random_words({2, 4, 3, 3}), {.stride = {0, 1}}), InvalidArgument);
  CHECK_THROWS_AS(ring_conv2d(input[0], random_words({2, 4, 3, 3}), {}), InvalidArgument);
  CHECK_THROWS_AS(ring_conv2d(input.to(at::kDouble), random_words({2, 4, 3, 3}), {}), InvalidArgument);
}
