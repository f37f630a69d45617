#include "crypten_core/kernels/ring_conv.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/kernels/matrix_panels.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

struct Shape {
  int64_t images, channels, height, width;        // of the input
  int64_t outputs, out_height, out_width;         // of the result
  int64_t groups, group_channels, group_outputs;  // per group
  int64_t kernel_height, kernel_width;
  int64_t stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;

  int64_t positions() const { return out_height * out_width; }
  int64_t taps() const { return kernel_height * kernel_width; }
};

Shape shape_of(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, at::IntArrayRef result) {
  Shape s{input.size(0),      input.size(1),       input.size(2),      input.size(3),     result[1],
          result[2],          result[3],           options.groups,     weight.size(1),    weight.size(0) / options.groups,
          weight.size(2),     weight.size(3),      options.stride[0],  options.stride[1], options.padding[0],
          options.padding[1], options.dilation[0], options.dilation[1]};
  if (s.taps() == 1 && s.stride_y == 1 && s.stride_x == 1 && s.padding_y == 0 && s.padding_x == 0) {  // an image is one long row
    s.width = s.out_width = s.width * s.height;
    s.height = s.out_height = 1;
  }
  return s;
}

// The numbers x out of 0 … count − 1 with 0 ≤ x·stride + shift < size.
struct Range {
  int64_t begin, end;
};
Range inside(int64_t size, int64_t stride, int64_t shift, int64_t count) {
  const int64_t begin = std::min(shift >= 0 ? 0 : (-shift + stride - 1) / stride, count);
  return {begin, std::clamp(size > shift ? (size - shift - 1) / stride + 1 : 0, begin, count)};
}

// Returns the end of what was written.
uint64_t* copy_words(const uint64_t* from, int64_t count, uint64_t* to) {
  constexpr int64_t kLong = 16, kFew = 4;
  if (count >= kLong) return std::copy_n(from, count, to);
  if (count >= kFew) {  // fours, the last of which may overlap the one before: a call of memcpy would take longer
    for (int64_t i = 0; i < count - kFew; i += kFew) std::memcpy(to + i, from + i, kFew * sizeof(uint64_t));
    std::memcpy(to + count - kFew, from + count - kFew, kFew * sizeof(uint64_t));
    return to + count;
  }
  for (int64_t i = 0; i < count; ++i) to[i] = from[i];
  return to + count;
}

// What one weight meets at output positions first … first + count − 1, counted over all images: a row of the patch matrix.
void patch_row(const Shape& s, const uint64_t* input, int64_t channel, int64_t tap, int64_t first, int64_t count, uint64_t* out) {
  const int64_t shift_y = tap / s.kernel_width * s.dilation_y - s.padding_y, shift_x = tap % s.kernel_width * s.dilation_x - s.padding_x;
  const Range valid = inside(s.width, s.stride_x, shift_x, s.out_width);
  int64_t image = first / s.positions(), y = first % s.positions() / s.out_width, x = first % s.out_width;
  while (count > 0) {  // one row of one image's output at a time
    const int64_t run = std::min(count, s.out_width - x), in_y = y * s.stride_y + shift_y;
    const bool outside = in_y < 0 || in_y >= s.height;
    const int64_t begin = outside ? x + run : std::clamp(valid.begin, x, x + run), end = std::clamp(valid.end, begin, x + run);
    const uint64_t* const channel_of_image = input + (image * s.channels + channel) * s.height * s.width;
    const int64_t line = in_y * s.width + shift_x;
    for (int64_t i = x; i < begin; ++i) *out++ = 0;
    if (s.stride_x == 1) {
      out = copy_words(channel_of_image + line + begin, end - begin, out);
    } else {
      for (int64_t i = begin; i < end; ++i) *out++ = channel_of_image[line + i * s.stride_x];
    }
    for (int64_t i = end; i < x + run; ++i) *out++ = 0;
    count -= run;
    x = 0;
    if (++y == s.out_height) {
      y = 0;
      ++image;
    }
  }
}

PackPanels pack_patches(const Shape& s, const uint64_t* input, int64_t group) {
  return [&s, input, group](const Panels& panels, int64_t first, int64_t count, int64_t from, int64_t length) {
    const int64_t width = panels.width, padded = (count + width - 1) / width * width;
    WordVector row(static_cast<size_t>(padded), 0);
    for (int64_t l = 0; l < length; ++l) {
      patch_row(s, input, group * s.group_channels + (from + l) / s.taps(), (from + l) % s.taps(), first, count, row.data());
      uint64_t* to = panels.out + l * width;
      const auto copy = [&]<int kWidth>() {
        for (int64_t j = 0; j < padded; j += kWidth, to += panels.stride) std::memcpy(to, row.data() + j, kWidth * sizeof(uint64_t));
      };
      if (width == 4) {
        copy.template operator()<4>();
      } else if (width == 16) {
        copy.template operator()<16>();
      } else {
        for (int64_t j = 0; j < padded; j += width, to += panels.stride) std::copy_n(row.data() + j, width, to);
      }
    }
  };
}

void by_products(const RingKernels& kernels, const Shape& s, const uint64_t* input, const uint64_t* weight, uint64_t* result) {
  const int64_t columns = s.images * s.positions(), length = s.group_channels * s.taps();
  std::vector<int64_t> offsets(static_cast<size_t>(columns));
  for (int64_t j = 0; j < columns; ++j) offsets[j] = j / s.positions() * s.outputs * s.positions() + j % s.positions();
  const GemmTiles tiles(kernels, s.group_outputs, columns, length, s.groups, ThreadPool::process().threads());
  parallel_for(s.groups * tiles.count(), tiles.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t group = t / tiles.count(), first_output = group * s.group_outputs;
      tiles.run(t % tiles.count(), pack_rows(weight + first_output * length, length, 1), pack_patches(s, input, group),
                {result + first_output * s.positions(), s.positions(), offsets.data()});
    }
  });
}

// An image's channel with its border of zeros, taken apart so that neighbouring results see neighbouring words whatever the stride: one plane for each pair of
// remainders of a row's and a column's number by the strides.
struct Bordered {
  const Shape& s;
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
void directly(const RingKernels& kernels, const Shape& s, const uint64_t* input, const uint64_t* weight, uint64_t* result) {
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
  const Shape shape = shape_of(images, weights, options, sizes);
  if (shape.group_channels == 1 && shape.groups > 1) {
    directly(kernels.on_words(), shape, words_of(images), words_of(weights), mutable_words_of(result));
  } else {
    const RingKernels& suited = kernels.for_shape(shape.group_outputs, shape.images * shape.positions(), shape.group_channels * shape.taps());
    by_products(for_public(suited, exchanged(known), weights, images), shape, words_of(images), words_of(weights), mutable_words_of(result));
  }
  return result;
}

}  // namespace crypten
