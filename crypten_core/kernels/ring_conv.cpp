#include "crypten_core/kernels/ring_conv.h"

#include <algorithm>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/kernels/conv_shape.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/patch_panels.h"
#include "crypten_core/kernels/thin_product.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

ConvShape shape_of(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, at::IntArrayRef result) {
  ConvShape s{input.size(0),      input.size(1),       input.size(2),      input.size(3),     result[1],
          result[2],          result[3],           options.groups,     weight.size(1),    weight.size(0) / options.groups,
          weight.size(2),     weight.size(3),      options.stride[0],  options.stride[1], options.padding[0],
          options.padding[1], options.dilation[0], options.dilation[1]};
  if (s.taps() == 1 && s.stride_y == 1 && s.stride_x == 1 && s.padding_y == 0 && s.padding_x == 0) {  // an image is one long row
    s.width = s.out_width = s.width * s.height;
    s.height = s.out_height = 1;
  }
  return s;
}

// Few positions: the weight is read once, where it lies, and would be packed for nothing.
bool is_thin(const RingKernels& kernels, const ConvShape& s) { return s.images * s.positions() <= kernels.on_words().dot_rows; }

void by_dots(const RingKernels& kernels, const ConvShape& s, const uint64_t* input, const uint64_t* weight, uint64_t* result) {
  const int64_t columns = s.images * s.positions(), length = s.length();
  WordVector patches(static_cast<size_t>(columns * length)), sums(static_cast<size_t>(columns * s.group_outputs));
  for (int64_t group = 0; group < s.groups; ++group) {
    pack_patches(s, input, group)({patches.data(), columns, 0}, 0, columns, 0, length);
    thin_product(kernels, {patches.data(), columns, length, 1, columns}, {weight + group * s.group_outputs * length, length, s.group_outputs, 1, length},
                 sums.data(), 1, columns);
    for (int64_t o = 0; o < s.group_outputs; ++o) {
      for (int64_t image = 0; image < s.images; ++image) {
        std::copy_n(sums.data() + o * columns + image * s.positions(), s.positions(),
                    result + (image * s.outputs + group * s.group_outputs + o) * s.positions());
      }
    }
  }
}

void by_products(const RingKernels& kernels, const ConvShape& s, const uint64_t* input, const uint64_t* weight, uint64_t* result) {
  const int64_t columns = s.images * s.positions(), length = s.length();
  std::vector<int64_t> offsets(static_cast<size_t>(columns));
  for (int64_t j = 0; j < columns; ++j) offsets[j] = j / s.positions() * s.outputs * s.positions() + j % s.positions();
  const GemmTiles tiles(kernels, s.group_outputs, columns, length, s.groups, ThreadPool::process().threads());
  parallel_for(s.groups * tiles.count(), tiles.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t group = t / tiles.count(), first_output = group * s.group_outputs;
      tiles.run(t % tiles.count(), {weight + first_output * length, length, 1}, pack_patches(s, input, group),
                {result + first_output * s.positions(), s.positions(), offsets.data()});
    }
  });
}

// An image's channel with its border of zeros, taken apart so that neighbouring results see neighbouring words whatever the stride: one plane for each pair of
// remainders of a row's and a column's number by the strides.
struct Bordered {
  const ConvShape& s;
  int64_t height = s.out_height + (s.kernel_height - 1) * s.dilation_y / s.stride_y, width = s.out_width + (s.kernel_width - 1) * s.dilation_x / s.stride_x;

  int64_t words() const { return s.stride_y * s.stride_x * height * width; }
  int64_t place(int64_t y, int64_t x) const {
    return ((y % s.stride_y * s.stride_x + x % s.stride_x) * height + y / s.stride_y) * width + x / s.stride_x;
  }
  // Writes what any result sees; the border is zero before.
  void fill(const uint64_t* plane, uint64_t* to) const {
    for (int64_t y = 0; y < s.height && (y + s.padding_y) / s.stride_y < height; ++y, plane += s.width) {
      if (s.stride_x == 1) {
        std::copy_n(plane, std::min(s.width, width - s.padding_x), to + place(y + s.padding_y, s.padding_x));
      } else {
        for (int64_t x = 0; x < s.width && (x + s.padding_x) / s.stride_x < width; ++x) to[place(y + s.padding_y, x + s.padding_x)] = plane[x];
      }
    }
  }
};

// One channel per group: too few products per patch for packing. All results of a plane are one run, with a few between its rows that nobody wants.
void directly(const RingKernels& kernels, const ConvShape& s, const uint64_t* input, const uint64_t* weight, uint64_t* result) {
  const Bordered bordered{s};
  std::vector<int64_t> offsets(static_cast<size_t>(s.taps()));
  for (int64_t tap = 0; tap < s.taps(); ++tap) offsets[tap] = bordered.place(tap / s.kernel_width * s.dilation_y, tap % s.kernel_width * s.dilation_x);
  const int64_t grain = std::max<int64_t>(1, (1 << 16) / std::max<int64_t>(1, s.group_outputs * s.positions() * s.taps()));
  const int64_t count = (s.out_height - 1) * bordered.width + s.out_width;
  parallel_for(s.images * s.channels, grain, [&](int64_t begin, int64_t end) {
    WordVector seen(static_cast<size_t>(bordered.words()), 0), run(static_cast<size_t>(count));
    for (int64_t p = begin; p < end; ++p) {
      bordered.fill(input + p * s.height * s.width, seen.data());
      for (int64_t o = 0; o < s.group_outputs; ++o) {
        const int64_t output = p % s.channels * s.group_outputs + o;
        kernels.filter({s.taps(), count, offsets.data(), weight + output * s.taps(), seen.data(), run.data()});
        uint64_t* const to = result + (p / s.channels * s.outputs + output) * s.positions();
        for (int64_t y = 0; y < s.out_height; ++y) std::copy_n(run.data() + y * bordered.width, s.out_width, to + y * s.out_width);
      }
    }
  });
}

}  // namespace

at::Tensor ring_conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known, KernelPath path) {
  return ring_conv2d(input, weight, options, known, *kRingKernels[path]);
}

at::Tensor ring_conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known, const RingKernels& kernels) {
  check_cpu_words("ring_conv2d", input);
  check_cpu_words("ring_conv2d", weight);
  const auto sizes = Bilinear::conv2d(options).output_sizes(input.sizes(), weight.sizes());
  auto result = empty_words(sizes);
  if (result.numel() == 0) return result;
  if (weight.size(1) == 0) return result.zero_();
  const at::Tensor images = input.contiguous(), weights = weight.contiguous();
  const ConvShape shape = shape_of(images, weights, options, sizes);
  if (shape.group_channels == 1 && shape.groups > 1) {
    directly(kernels.on_words(), shape, words_of(images), words_of(weights), mutable_words_of(result));
  } else if (is_thin(kernels, shape)) {
    by_dots(kernels.on_words(), shape, words_of(images), words_of(weights), mutable_words_of(result));
  } else {
    const RingKernels& suited = kernels.for_shape(shape.group_outputs, shape.images * shape.positions(), shape.length());
    by_products(for_public(suited, exchanged(known)), shape, words_of(images), words_of(weights), mutable_words_of(result));
  }
  return result;
}

}  // namespace crypten
