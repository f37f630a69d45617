#include "mpc/tensor/conv.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/index.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/product.h"
#include "mpc/tensor/reshape.h"
#include "mpc/tensor/scale.h"

namespace crypten {
namespace {

using Sizes = std::vector<int64_t>;

[[noreturn]] void refuse(int code, const char* name, const std::string& what, const std::string& why, const std::string& todo) {
  throw InvalidArgument(code, std::string(name) + ": " + what, name, why, todo);
}

// Views of a private or a public weight.
MPCTensor viewed(const MPCTensor& w, const Sizes& sizes) { return reshape(w, sizes); }
Plain viewed(const Plain& w, const Sizes& sizes) { return Plain(w.tensor().reshape(sizes)); }
MPCTensor exchanged(const MPCTensor& w, int64_t a, int64_t b) { return transpose(w, a, b); }
Plain exchanged(const Plain& w, int64_t a, int64_t b) { return Plain(w.tensor().transpose(a, b)); }
MPCTensor layer(const MPCTensor& w, int64_t tap) { return select(w, 2, tap); }
Plain layer(const Plain& w, int64_t tap) { return Plain(w.tensor().select(2, tap)); }

std::vector<MPCTensor> operands(const MPCTensor& x, const MPCTensor& w, const MPCTensor& bias) { return bias.defined() ? std::vector{x, w, bias} : std::vector{x, w}; }
std::vector<MPCTensor> operands(const MPCTensor& x, const Plain&, const MPCTensor& bias) { return bias.defined() ? std::vector{x, bias} : std::vector{x}; }

MPCTensor multiplied(const OperationScope& op, const Bilinear& map, const MPCTensor& x, const MPCTensor& w) { return product(op, map, x, w); }
MPCTensor multiplied(const OperationScope& op, const Bilinear& map, const MPCTensor& x, const Plain& w) { return product(op, map, x, w, PlainSide::right); }
MPCTensor multiplied_left(const OperationScope& op, const Bilinear& map, const MPCTensor& w, const MPCTensor& x) { return product(op, map, w, x); }
MPCTensor multiplied_left(const OperationScope& op, const Bilinear& map, const Plain& w, const MPCTensor& x) { return product(op, map, x, w, PlainSide::left); }

// Opens both in one round, before their parts are multiplied one after the other: an operand that is open is not opened for each of its parts.
void open_whole(const OperationScope& op, const MPCTensor& x, const MPCTensor& w) {
  fit_for_product(x, w);
  if (x.numel() > 0 && w.numel() > 0) open(op.party(), {mask_plain(op.party(), x.share()), mask_plain(op.party(), w.share())});
}
void open_whole(const OperationScope& op, const MPCTensor& x, const Plain&) {
  if (x.fraction_bits() > op.precision_bits()) x.at_most(op.precision_bits());
}

template <typename Weight>
int64_t checked_space(const char* name, const MPCTensor& x, const Weight& w, const ConvOptions& options) {
  const int64_t space = x.dim() - 2;
  if (space < 1 || space > 3 || static_cast<int64_t>(w.sizes().size()) != x.dim())
    refuse(tensor_code::dims, name, "the operands are no images and kernels", "shapes " + shape_text(x.sizes()) + " and " + shape_text(w.sizes()), "pass (N, C, …) and a weight of as many dimensions, 3 to 5");
  for (const auto* numbers : {&options.stride, &options.padding, &options.dilation}) {
    if (static_cast<int64_t>(numbers->size()) != space)
      refuse(tensor_code::convolution, name, "one number is needed for each dimension of space", std::to_string(numbers->size()) + " for " + std::to_string(space), "pass stride, padding and dilation of that length");
  }
  for (int64_t d = 0; d < space; ++d) {
    if (options.stride[d] < 1 || options.dilation[d] < 1 || options.padding[d] < 0 || options.groups < 1 || w.sizes()[2 + d] < 1)
      refuse(tensor_code::convolution, name, "option out of range", "stride, dilation, groups and kernel start at 1, padding at 0", "correct the options of the convolution");
  }
  return space;
}

MPCTensor with_bias(const MPCTensor& result, const MPCTensor& bias) {
  if (!bias.defined()) return result;
  Sizes sizes(static_cast<size_t>(result.dim() - 1), 1);
  sizes[0] = -1;
  return add(result, reshape(bias, sizes));
}

void check_bias(const char* name, const MPCTensor& bias, int64_t outputs) {
  if (!bias.defined() || (bias.dim() == 1 && bias.sizes()[0] == outputs)) return;
  refuse(tensor_code::shape_mismatch, name, "the bias does not fit the weight", "shapes " + shape_text(bias.sizes()) + " and (" + std::to_string(outputs) + ")", "pass one bias for each output");
}

void facts(const OperationScope& op, const ConvOptions& options) {
  for (const auto* numbers : {&options.stride, &options.padding, &options.dilation}) op.fact(*numbers);
  op.fact(std::to_string(options.groups));
}

// Rows d, d + stride, d + 2·stride, … stand together: then the rows that one layer of the kernel meets are neighbours, and their batch a view, for every stride.
struct Depth {
  Sizes order, place;  // row at a place; place of a row
};
Depth grouped_rows(int64_t rows, int64_t stride) {
  Depth depth;
  depth.place.resize(static_cast<size_t>(rows));
  for (int64_t first = 0; first < std::min(stride, rows); ++first)
    for (int64_t row = first; row < rows; row += stride) depth.place[static_cast<size_t>(row)] = static_cast<int64_t>(depth.order.size()), depth.order.push_back(row);
  return depth;
}

// A sum of two-dimensional convolutions over the layers of the kernel, each with all depths of the batch at once; depths in the padding are left out.
template <typename Weight>
MPCTensor conv3d(const OperationScope& op, const MPCTensor& x, const Weight& w, const ConvOptions& o) {
  const int64_t batch = x.sizes()[0], channels = x.sizes()[1], rows = x.sizes()[2], kernel = w.sizes()[2], reach = o.dilation[0] * (kernel - 1) + 1;
  const Conv2dOptions plane{{o.stride[1], o.stride[2]}, {o.padding[1], o.padding[2]}, {o.dilation[1], o.dilation[2]}, o.groups};
  const auto map = Bilinear::conv2d(plane);
  auto sizes = map.output_sizes({batch, channels, x.sizes()[3], x.sizes()[4]}, {w.sizes()[0], w.sizes()[1], w.sizes()[3], w.sizes()[4]});
  if (rows + 2 * o.padding[0] < reach)
    refuse(tensor_code::convolution, "conv", "the kernel is too deep", "it reaches over " + std::to_string(reach) + " of " + std::to_string(rows + 2 * o.padding[0]) + " padded layers", "use a smaller kernel or more padding");
  const int64_t depths = (rows + 2 * o.padding[0] - reach) / o.stride[0] + 1;

  const auto depth = grouped_rows(rows, o.stride[0]);
  const auto ordered = index_select(permute(x, {2, 0, 1, 3, 4}), 0, at::tensor(depth.order, at::kLong));
  open_whole(op, ordered, w);
  sizes.insert(sizes.begin(), depths);
  at::Tensor sum;
  int bits = 0;
  for (int64_t tap = 0; tap < kernel; ++tap) {
    const int64_t offset = tap * o.dilation[0] - o.padding[0];  // output d meets row d·stride + offset
    const int64_t first = offset >= 0 ? 0 : (-offset + o.stride[0] - 1) / o.stride[0];
    const int64_t end = offset >= rows ? 0 : std::min(depths, (rows - 1 - offset) / o.stride[0] + 1);
    // Also where no output meets this layer: then with no rows, which keeps scale and rounding equal for all.
    const int64_t count = std::max<int64_t>(end - first, 0), start = count > 0 ? depth.place[static_cast<size_t>(first * o.stride[0] + offset)] : 0;
    const auto met = reshape(slice(ordered, 0, start, start + count), {count * batch, channels, x.sizes()[3], x.sizes()[4]});
    const auto part = multiplied(op, map, met, layer(w, tap));
    if (!sum.defined()) sum = at::zeros(sizes, x.share().share().words().options());
    bits = part.fraction_bits();
    if (count == 0) continue;
    auto part_sizes = sizes;
    part_sizes[0] = count;
    sum.narrow(0, first, count).add_(part.share().share().words().reshape(part_sizes));
  }
  return permute(op.result(ArithmeticShared(RingTensor(sum)), bits), {1, 2, 0, 3, 4});
}

template <typename Weight>
MPCTensor convolve(const MPCTensor& x, const Weight& w, const MPCTensor& bias, const ConvOptions& o) {
  const OperationScope op("conv", operands(x, w, bias));
  op.fact(w.sizes());
  facts(op, o);
  const int64_t space = checked_space("conv", x, w, o);
  check_bias("conv", bias, w.sizes()[0]);
  const auto flat = [](at::IntArrayRef sizes) { return Sizes{sizes[0], sizes[1], 1, sizes[2]}; };
  MPCTensor result;
  if (space == 1) {
    const auto map = Bilinear::conv2d({{1, o.stride[0]}, {0, o.padding[0]}, {1, o.dilation[0]}, o.groups});
    result = squeeze(multiplied(op, map, viewed(x, flat(x.sizes())), viewed(w, flat(w.sizes()))), 2);
  } else if (space == 2) {
    const Conv2dOptions plane{{o.stride[0], o.stride[1]}, {o.padding[0], o.padding[1]}, {o.dilation[0], o.dilation[1]}, o.groups};
    result = multiplied(op, Bilinear::conv2d(plane), x, w);
  } else {
    result = conv3d(op, x, w, o);
  }
  return with_bias(result, bias);
}

// Every input position spreads its products over the outputs that the kernel reaches from there: columns (N, O, kernel…, size…) are summed into (N, O, output…).
at::Tensor spread(const at::Tensor& columns, const ConvOptions& o, const Sizes& kernel, const Sizes& size, at::IntArrayRef output_padding) {
  const auto space = static_cast<int64_t>(kernel.size());
  Sizes sizes{columns.size(0), columns.size(1)};
  for (int64_t d = 0; d < space; ++d) sizes.push_back((size[d] - 1) * o.stride[d] + o.dilation[d] * (kernel[d] - 1) + 1 + output_padding[d]);
  auto padded = at::zeros(sizes, columns.options());
  int64_t taps = 1;
  for (const int64_t k : kernel) taps *= k;
  for (int64_t tap = 0; tap < taps; ++tap) {
    auto part = columns, target = padded;
    int64_t rest = tap, below = taps;
    for (int64_t d = 0; d < space; ++d) {
      below /= kernel[d];
      const int64_t at = rest / below, start = at * o.dilation[d];
      rest %= below;
      part = part.select(2, at);
      target = target.slice(2 + d, start, start + (size[d] - 1) * o.stride[d] + 1, o.stride[d]);
    }
    target.add_(part);
  }
  for (int64_t d = 0; d < space; ++d) padded = padded.narrow(2 + d, o.padding[d], padded.size(2 + d) - 2 * o.padding[d]);
  return padded.contiguous();
}

template <typename Weight>
MPCTensor convolve_transposed(const MPCTensor& x, const Weight& w, const MPCTensor& bias, const ConvOptions& o, at::IntArrayRef output_padding) {
  const OperationScope op("conv_transpose", operands(x, w, bias));
  op.fact(w.sizes());
  facts(op, o);
  op.fact(output_padding);
  const int64_t space = checked_space("conv_transpose", x, w, o), batch = x.sizes()[0], channels = x.sizes()[1], groups = o.groups, outputs = w.sizes()[1];
  if (channels != w.sizes()[0] || channels % groups != 0)
    refuse(tensor_code::convolution, "conv_transpose", "the channels do not fit", "shapes " + shape_text(x.sizes()) + " and " + shape_text(w.sizes()) + " with " + std::to_string(groups) + " groups", "pass a weight of (C, O/groups, …)");
  if (static_cast<int64_t>(output_padding.size()) != space)
    refuse(tensor_code::convolution, "conv_transpose", "one number is needed for each dimension of space", "output_padding " + shape_text(output_padding), "pass as many numbers");
  check_bias("conv_transpose", bias, outputs * groups);
  const Sizes kernel(w.sizes().begin() + 2, w.sizes().end()), size(x.sizes().begin() + 2, x.sizes().end());
  int64_t taps = 1, positions = 1;
  for (int64_t d = 0; d < space; ++d) {
    taps *= kernel[d], positions *= size[d];
    const int64_t output = (size[d] - 1) * o.stride[d] - 2 * o.padding[d] + o.dilation[d] * (kernel[d] - 1) + 1 + output_padding[d];
    if (size[d] < 1 || output < 1 || output_padding[d] < 0 || output_padding[d] >= std::max(o.stride[d], o.dilation[d]))
      refuse(tensor_code::convolution, "conv_transpose", "no output, or output_padding out of range", "output of " + std::to_string(output) + ", output_padding " + std::to_string(output_padding[d]),
             "pass an output_padding of 0 or more, below stride or dilation, and less padding");
  }
  // (groups, O/groups · kernel, C/groups) · (N, groups, C/groups, positions)
  const auto kernels = exchanged(viewed(w, {groups, channels / groups, outputs * taps}), 1, 2);
  const auto columns = multiplied_left(op, Bilinear::matmul(), kernels, reshape(x, {batch, groups, channels / groups, positions}));
  Sizes sizes{batch, groups * outputs};
  sizes.insert(sizes.end(), kernel.begin(), kernel.end());
  sizes.insert(sizes.end(), size.begin(), size.end());
  const auto summed = spread(columns.share().share().words().reshape(sizes), o, kernel, size, output_padding);
  return with_bias(op.result(ArithmeticShared(RingTensor(summed)), columns.fraction_bits()), bias);
}

}  // namespace

MPCTensor conv(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const ConvOptions& options) { return convolve(input, weight, bias, options); }
MPCTensor conv(const MPCTensor& input, const Plain& weight, const MPCTensor& bias, const ConvOptions& options) { return convolve(input, weight, bias, options); }
MPCTensor conv_transpose(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding) {
  return convolve_transposed(input, weight, bias, options, output_padding);
}
MPCTensor conv_transpose(const MPCTensor& input, const Plain& weight, const MPCTensor& bias, const ConvOptions& options, at::IntArrayRef output_padding) {
  return convolve_transposed(input, weight, bias, options, output_padding);
}

}  // namespace crypten
