// Places of maxima in pooling, and backward selections (mpc/tensor/pool.h).
#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/table.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/pool_windows.h"
#include "mpc/tensor/table.h"

namespace crypten {
namespace {

constexpr int64_t kLargestLookedUpWindow = 256;  // of a window whose places are looked up

// The maximum of each window along `dim`, with what stood beside it: place + unit · its number in the window. x: values and places.
Reduced reduce_with_places(Party& party, const Reduced& x, int64_t dim, const Windows& windows, int64_t unit, int top) {
  return reduce_windows(party, x, dim, windows, [&](const Reduced& views) {
    const auto& values = views[0];
    const auto numbers = at::arange(values.sizes().back(), values.share().words().options()).mul(unit).expand(values.sizes());
    const auto largest = maximum_along(party, values, values.dim() - 1, views[1] + party.public_share(RingTensor(numbers)), top);
    return Reduced{largest.value, largest.index};
  });
}

int64_t window_elements(const Pool2dOptions& options, const char* operation) {
  const int64_t elements = options.kernel[0] * options.kernel[1];
  if (elements <= kLargestLookedUpWindow) return elements;
  throw InvalidArgument(tensor_code::pooling, std::string(operation) + ": windows too large to look up places in", operation, std::to_string(elements) + " elements",
                        "use windows of at most 256 elements");
}

void check_outputs(const MPCTensor& x, at::IntArrayRef input, const std::array<Windows, 2>& windows, const char* operation) {
  const std::vector<int64_t> expected{input[0], input[1], static_cast<int64_t>(windows[0].list.size()), static_cast<int64_t>(windows[1].list.size())};
  if (x.sizes() == at::IntArrayRef(expected)) return;
  throw InvalidArgument(tensor_code::shape_mismatch, std::string(operation) + ": these are not the outputs of that pooling", operation,
                        "expected " + shape_text(expected) + ", got " + shape_text(x.sizes()), "pass the input's sizes and the options of the forward pooling");
}

// Adds what stands at [output, place] to the input's element that it came from. x: {N, C, outputs, window's elements}.
at::Tensor to_inputs(const at::Tensor& x, at::IntArrayRef sizes, const std::array<Windows, 2>& windows, const Pool2dOptions& options) {
  std::vector<int64_t> from, to;
  int64_t output = 0;
  for (const auto& row : windows[0].list) {
    for (const auto& column : windows[1].list) {
      for (int64_t i = 0; i < row.count; ++i) {
        for (int64_t j = 0; j < column.count; ++j) {
          from.push_back(output * options.kernel[0] * options.kernel[1] + i * options.kernel[1] + j);
          to.push_back((row.start + i * options.dilation[0]) * sizes[3] + column.start + j * options.dilation[1]);
        }
      }
      ++output;
    }
  }
  const auto chosen = x.reshape({sizes[0] * sizes[1], -1}).index_select(1, at::tensor(from, at::kLong));
  return at::zeros({sizes[0] * sizes[1], sizes[2] * sizes[3]}, x.options()).index_add(1, at::tensor(to, at::kLong), chosen).view(sizes);
}

}  // namespace

MaxPooled max_pool2d_with_places(const MPCTensor& x, const Pool2dOptions& options) {
  const OperationScope op("max_pool2d", {x});
  check_bound(op, "max_pool2d", options.bound);
  const auto windows = image_windows(x.sizes(), options, "max_pool2d");
  if (x.numel() == 0) {
    const auto none = op.zeros({x.sizes()[0], x.sizes()[1], static_cast<int64_t>(windows[0].list.size()), static_cast<int64_t>(windows[1].list.size())});
    return {op.result(none, x.fraction_bits()), op.decision(none)};
  }
  Party& party = op.party();
  const Reduced all{x.share(), party.public_share(RingTensor::zeros(x.sizes(), x.device()))};
  const int top = top_within(2 * options.bound, x.fraction_bits(), op.precision_bits());
  const auto rows = reduce_with_places(party, all, 3, windows[1], 1, top);
  const auto largest = reduce_with_places(party, rows, 2, windows[0], options.kernel[1], top);
  return {op.result(largest[0], x.fraction_bits()), op.decision(largest[1])};
}

MPCTensor pooled_indices(const MPCTensor& place, at::IntArrayRef input_sizes, const Pool2dOptions& options) {
  const OperationScope op("max_pool2d indices", {place});
  const auto windows = image_windows(input_sizes, options, "max_pool2d");
  check_outputs(place, input_sizes, windows, "max_pool2d");
  window_elements(options, "max_pool2d");
  std::vector<int64_t> table, starts;
  for (int64_t i = 0; i < options.kernel[0]; ++i)
    for (int64_t j = 0; j < options.kernel[1]; ++j) table.push_back(i * options.dilation[0] * input_sizes[3] + j * options.dilation[1]);
  for (const auto& row : windows[0].list)
    for (const auto& column : windows[1].list) starts.push_back(row.start * input_sizes[3] + column.start);
  const auto start = at::tensor(starts, at::kLong).view({place.sizes()[2], place.sizes()[3]});
  return add(look_up(Plain(at::tensor(table, at::kLong)), place), Plain(start));
}

MPCTensor max_pool2d_backward(const MPCTensor& gradient, const MPCTensor& place, at::IntArrayRef input_sizes, const Pool2dOptions& options) {
  const OperationScope op("max_pool2d backward", {gradient, place});
  const auto windows = image_windows(input_sizes, options, "max_pool2d");
  check_outputs(gradient, input_sizes, windows, "max_pool2d"), check_outputs(place, input_sizes, windows, "max_pool2d");
  const int64_t elements = window_elements(options, "max_pool2d");
  gradient.at_most(op.precision_bits());
  if (gradient.numel() == 0) return op.result(op.zeros(input_sizes), gradient.fraction_bits());
  const int bits = std::max(1, static_cast<int>(std::bit_width(static_cast<uint64_t>(elements - 1))));
  Party& party = op.party();
  const auto chosen = one_hot(party, place.share(), place.fraction_bits(), bits).view([elements](const at::Tensor& t) { return t.narrow(-1, 0, elements); }, false);
  const auto each = gradient.share().view([](const at::Tensor& t) { return t.unsqueeze(-1); }, true);
  const auto given = multiply(party, chosen, each);
  return op.result(ArithmeticShared(RingTensor(to_inputs(given.share().words(), input_sizes, windows, options))), gradient.fraction_bits());
}

MPCTensor avg_pool2d_backward(const MPCTensor& gradient, at::IntArrayRef input_sizes, const Pool2dOptions& options) {
  const OperationScope op("avg_pool2d backward", {gradient});
  const auto windows = image_windows(input_sizes, options, "avg_pool2d");
  check_outputs(gradient, input_sizes, windows, "avg_pool2d");
  const auto high = window_counts(windows[0], options.count_include_pad), wide = window_counts(windows[1], options.count_include_pad);
  const auto counts = at::mul(at::tensor(high, at::kDouble).unsqueeze(1), at::tensor(wide, at::kDouble));
  const auto count = common_count(high, wide);
  const auto each = count ? divide_by_count(gradient, *count) : multiply(gradient, Plain(at::reciprocal(counts)));
  const auto words = each.share().share().words().unsqueeze(-1).expand({-1, -1, -1, -1, options.kernel[0] * options.kernel[1]});
  return MPCTensor(gradient.party(), ArithmeticShared(RingTensor(to_inputs(words, input_sizes, windows, options))), each.fraction_bits(), each.dithered());
}

}  // namespace crypten
