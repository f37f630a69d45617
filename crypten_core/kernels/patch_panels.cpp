#include "crypten_core/kernels/patch_panels.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "crypten_core/byte_vector.h"

namespace crypten {
namespace {

constexpr int64_t kMostLanes = 16;
constexpr double kLargestWindow = 1 << 22;  // words

// `count` lines of kWords words each, from wherever `offsets` says to every `step` words.
template <size_t kWords>
void copy_lines(const uint64_t* from, const int64_t* offsets, int64_t count, uint64_t* to, int64_t step) {
  for (int64_t t = 0; t < count; ++t, to += step) std::memcpy(to, from + offsets[t], kWords * sizeof(uint64_t));
}
using CopyLines = void (*)(const uint64_t* from, const int64_t* offsets, int64_t count, uint64_t* to, int64_t step);
constexpr auto kCopyLines = []<size_t... kWords>(std::index_sequence<kWords...>) { return std::array{copy_lines<kWords + 1>...}; }
(std::make_index_sequence<kMostLanes>());

// What some positions of the result see of one channel: for each image the rows that they reach, with their borders of zeros, taken apart
// so that neighbouring positions see neighbouring words whatever the stride: one plane for each pair of remainders of a row's and a
// column's number by the strides, as far as taps reach.
class Window {
 public:
  Window(const ConvShape& shape, int64_t first, int64_t count)
      : s_(shape),
        first_image_(first / s_.positions()),
        images_((first + count - 1) / s_.positions() - first_image_ + 1),
        first_row_(images_ > 1 ? 0 : first % s_.positions() / s_.out_width),
        height_((images_ > 1 ? s_.out_height : (first + count - 1) % s_.positions() / s_.out_width - first_row_ + 1) +
                reach(s_.kernel_height, s_.dilation_y, s_.stride_y)),
        width_(s_.out_width + reach(s_.kernel_width, s_.dilation_x, s_.stride_x)),
        remainders_y_(std::min(s_.stride_y, s_.kernel_height * s_.dilation_y)),
        remainders_x_(std::min(s_.stride_x, s_.kernel_width * s_.dilation_x)),
        whole_(s_.stride_y == 1 && s_.stride_x == 1 && s_.padding_y == 0 && s_.padding_x == 0) {}

  bool whole() const { return whole_; }  // without borders and strides: the channel is its own window
  int64_t words() const { return images_ * image_words(); }
  // Borders and dilations far beyond the image would make a window of zeros that no memory holds.
  bool too_large() const {
    return static_cast<double>(images_) * static_cast<double>(remainders_y_) * static_cast<double>(remainders_x_) * static_cast<double>(height_) * static_cast<double>(width_) > kLargestWindow;
  }

  // Where a position lies; y: of the result.
  int64_t place(int64_t image, int64_t y, int64_t x) const {
    if (whole_) return image * s_.channels * s_.height * s_.width + y * s_.width + x;
    return (image - first_image_) * image_words() + (y - first_row_) * width_ + x;
  }
  // How far from it is what a tap meets.
  int64_t offset(int64_t tap) const {
    const int64_t y = tap / s_.kernel_width * s_.dilation_y, x = tap % s_.kernel_width * s_.dilation_x;
    return whole_ ? y * s_.width + x : plane(y, x) + y / s_.stride_y * width_ + x / s_.stride_x;
  }

  // Writes what any position sees of a channel; to: zeros before, or what an earlier call has written.
  void fill(const uint64_t* input, int64_t channel, uint64_t* to) const {
    for (int64_t m = 0; m < images_; ++m, to += image_words()) {
      const uint64_t* const from = input + ((first_image_ + m) * s_.channels + channel) * s_.height * s_.width;
      for (int64_t y = 0; y < remainders_y_; ++y) {
        for (int64_t row = 0; row < height_; ++row) {
          const int64_t in_y = (first_row_ + row) * s_.stride_y + y - s_.padding_y;
          if (in_y >= 0 && in_y < s_.height) fill_row(from + in_y * s_.width, to + plane(y, 0) + row * width_);
        }
      }
    }
  }

 private:
  static int64_t reach(int64_t taps, int64_t dilation, int64_t stride) { return (taps - 1) * dilation / stride; }
  int64_t image_words() const { return remainders_y_ * remainders_x_ * height_ * width_; }
  int64_t plane(int64_t y, int64_t x) const { return (y % s_.stride_y * remainders_x_ + x % s_.stride_x) * height_ * width_; }

  void fill_row(const uint64_t* line, uint64_t* to) const {
    for (int64_t x = 0; x < remainders_x_; ++x, to += height_ * width_) {
      const int64_t shift = x - s_.padding_x;  // column c of this plane shows line[c · stride + shift]
      const int64_t begin = shift >= 0 ? 0 : (-shift + s_.stride_x - 1) / s_.stride_x;
      const int64_t end = std::min(width_, s_.width > shift ? (s_.width - shift - 1) / s_.stride_x + 1 : 0);
      if (s_.stride_x == 1) {
        if (begin < end) std::copy_n(line + begin + shift, end - begin, to + begin);
      } else {
        for (int64_t c = begin; c < end; ++c) to[c] = line[c * s_.stride_x + shift];
      }
    }
  }

  const ConvShape& s_;
  int64_t first_image_, images_, first_row_, height_, width_, remainders_y_, remainders_x_;
  bool whole_;
};

// Neighbouring positions of one panel: in the window and in the panels' first step.
struct Piece {
  int64_t from, to;
  CopyLines copy;
};

std::vector<Piece> pieces_of(const ConvShape& s, const Window& window, const Panels& panels, int64_t first, int64_t count) {
  std::vector<Piece> pieces;
  for (int64_t j = 0; j < count;) {
    const int64_t image = (first + j) / s.positions(), position = (first + j) % s.positions(), y = position / s.out_width,
                  x = position % s.out_width;
    const int64_t lane = j % panels.width, words = std::min({s.out_width - x, panels.width - lane, count - j});
    pieces.push_back({window.place(image, y, x), j / panels.width * panels.stride + lane, kCopyLines[static_cast<size_t>(words - 1)]});
    j += words;
  }
  return pieces;
}

// Word by word from the input itself.
void pack_each(const ConvShape& s, const uint64_t* input, int64_t group, const Panels& panels, int64_t first, int64_t count, int64_t from, int64_t length) {
  for (int64_t j = 0; j < count; ++j) {
    const int64_t image = (first + j) / s.positions(), position = (first + j) % s.positions();
    const int64_t top = position / s.out_width * s.stride_y - s.padding_y, left = position % s.out_width * s.stride_x - s.padding_x;
    uint64_t* to = panels.out + j / panels.width * panels.stride + j % panels.width;
    for (int64_t l = from; l < from + length; ++l, to += panels.width) {
      const int64_t tap = l % s.taps(), y = top + tap / s.kernel_width * s.dilation_y, x = left + tap % s.kernel_width * s.dilation_x;
      const int64_t channel = image * s.channels + group * s.group_channels + l / s.taps();
      *to = y >= 0 && y < s.height && x >= 0 && x < s.width ? input[(channel * s.height + y) * s.width + x] : 0;
    }
  }
}

}  // namespace

PackPanels pack_patches(const ConvShape& s, const uint64_t* input, int64_t group) {
  return [&s, input, group](const Panels& panels, int64_t first, int64_t count, int64_t from, int64_t length) {
    const Window window(s, first, count);
    if (!window.whole() && window.too_large()) return pack_each(s, input, group, panels, first, count, from, length);
    const auto pieces = pieces_of(s, window, panels, first, count);
    const int64_t channel_words = s.height * s.width;
    if (window.whole()) {
      std::vector<int64_t> offsets(static_cast<size_t>(length));
      for (int64_t l = 0; l < length; ++l) offsets[l] = (from + l) / s.taps() * channel_words + window.offset((from + l) % s.taps());
      for (const Piece& piece : pieces)
        piece.copy(input + group * s.group_channels * channel_words + piece.from, offsets.data(), length, panels.out + piece.to,
                   panels.width);
      return;
    }
    std::vector<int64_t> offsets(static_cast<size_t>(s.taps()));
    for (int64_t tap = 0; tap < s.taps(); ++tap) offsets[tap] = window.offset(tap);
    WordVector seen(static_cast<size_t>(window.words()), 0);
    for (int64_t l = 0; l < length;) {
      const int64_t tap = (from + l) % s.taps(), taps = std::min(s.taps() - tap, length - l);
      window.fill(input, group * s.group_channels + (from + l) / s.taps(), seen.data());
      for (const Piece& piece : pieces)
        piece.copy(seen.data() + piece.from, offsets.data() + tap, taps, panels.out + l * panels.width + piece.to, panels.width);
      l += taps;
    }
  };
}

}  // namespace crypten
