#include "mpc/tensor/pool.h"

#include <bit>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/maximum.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/pool_windows.h"
#include "mpc/tensor/product.h"

namespace crypten {
namespace {

void check_image(at::IntArrayRef sizes, const char* operation) {
  if (sizes.size() == 4) return;
  throw InvalidArgument(tensor_code::dims, std::string(operation) + ": expected a tensor of four dimensions", operation, "its shape is " + shape_text(sizes), "reshape it to (N, C, H, W)");
}

std::array<Windows, 2> windows_of(const MPCTensor& x, std::array<int64_t, 2> output) {
  return {adaptive_windows(x.sizes()[2], output[0]), adaptive_windows(x.sizes()[3], output[1])};
}

std::string text(const Pool2dOptions& o) {
  return "kernel " + shape_text(o.kernel) + " stride " + shape_text(o.stride) + " padding " + shape_text(o.padding) + " dilation " + shape_text(o.dilation) + (o.ceil_mode ? " ceil" : "");
}

// Applies `reduce` (over the last dimension) to each run of windows, side by side, and joins the results.
template <typename Reduce>
ArithmeticShared reduce_windows(Party& party, const ArithmeticShared& x, int64_t dim, const Windows& windows, const Reduce& reduce) {
  const auto parts = runs(windows);
  std::vector<ArithmeticShared> results(parts.size());
  std::vector<std::function<void()>> work;
  for (size_t i = 0; i < parts.size(); ++i) {
    work.emplace_back([&, i] {
      const auto& run = parts[i];
      const View view = [dim, run, dilation = windows.dilation](const at::Tensor& t) { return window_view(t, dim, run, dilation); };
      results[i] = reduce(x.view(view, false));
    });
  }
  if (work.size() == 1) work.front()();
  else party.together(std::move(work));
  if (results.size() == 1) return results.front();
  std::vector<at::Tensor> words;
  for (const auto& result : results) words.push_back(result.share().words());
  return ArithmeticShared(RingTensor(at::cat(words, dim)));
}

MPCTensor max_pool(const OperationScope& op, const MPCTensor& x, const std::array<Windows, 2>& windows) {
  if (x.numel() == 0) {
    return op.result(op.zeros({x.sizes()[0], x.sizes()[1], static_cast<int64_t>(windows[0].list.size()), static_cast<int64_t>(windows[1].list.size())}), x.fraction_bits());
  }
  Party& party = op.party();
  const auto largest = [&](const ArithmeticShared& view) { return maximum_along(party, view, view.dim() - 1, false).value; };
  const auto rows = reduce_windows(party, x.share(), 3, windows[1], largest);
  return op.result(reduce_windows(party, rows, 2, windows[0], largest), x.fraction_bits());
}

bool all_equal(const std::vector<int64_t>& values) { return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end(); }

MPCTensor avg_pool(const OperationScope& op, const MPCTensor& x, const std::array<Windows, 2>& windows, bool count_padding) {
  const auto total = [](const ArithmeticShared& view) { return ArithmeticShared(RingTensor(at::sum(view.share().words(), -1))); };
  const auto sums = [&] {
    const auto rows = reduce_windows(op.party(), x.share(), 3, windows[1], total);
    return op.result(reduce_windows(op.party(), rows, 2, windows[0], total), x.fraction_bits());
  };
  const auto high = window_counts(windows[0], count_padding), wide = window_counts(windows[1], count_padding);
  if (all_equal(high) && all_equal(wide)) return divide_by_count(sums(), high.front() * wide.front());
  // Each output has a divisor of its own. The smallest factor still has precision_bits + 1 significant bits.
  x.at_most(op.precision_bits());
  const int64_t most = *std::ranges::max_element(high) * *std::ranges::max_element(wide);
  const int bits = op.precision_bits() + static_cast<int>(std::bit_width(static_cast<uint64_t>(most - 1)));
  const auto columns = at::tensor(high, at::kDouble).unsqueeze(1), rows = at::tensor(wide, at::kDouble).unsqueeze(0);
  const auto factors = Plain(at::reciprocal(at::mul(columns, rows))).encoded(bits, x.device());
  const auto sum = sums();
  return op.result(sum.share() * factors, sum.fraction_bits() + bits);
}

}  // namespace

std::array<Windows, 2> image_windows(at::IntArrayRef sizes, const Pool2dOptions& o, const char* operation) {
  check_image(sizes, operation);
  const auto along = [&](size_t d) { return pool_windows(sizes[2 + d], o.kernel[d], o.stride[d], o.padding[d], o.dilation[d], o.ceil_mode); };
  return {along(0), along(1)};
}

std::vector<int64_t> window_counts(const Windows& windows, bool padded) {
  std::vector<int64_t> result;
  for (const Window& window : windows.list) result.push_back(padded ? window.padded_count : window.count);
  return result;
}

MPCTensor max_pool2d(const MPCTensor& x, const Pool2dOptions& options) {
  const OperationScope op("max_pool2d", {x});
  op.fact(text(options));
  return max_pool(op, x, image_windows(x.sizes(), options, "max_pool2d"));
}

MPCTensor adaptive_max_pool2d(const MPCTensor& x, std::array<int64_t, 2> output) {
  const OperationScope op("adaptive_max_pool2d", {x});
  op.fact(output);
  check_image(x.sizes(), "adaptive_max_pool2d");
  return max_pool(op, x, windows_of(x, output));
}

MPCTensor avg_pool2d(const MPCTensor& x, const Pool2dOptions& options) {
  const OperationScope op("avg_pool2d", {x});
  op.fact(text(options) + (options.count_include_pad ? " counting padding" : ""));
  const auto windows = image_windows(x.sizes(), options, "avg_pool2d");
  if (options.dilation != std::array<int64_t, 2>{1, 1}) {
    throw InvalidArgument(tensor_code::pooling, "avg_pool2d has no dilation", "avg_pool2d", "dilation " + shape_text(options.dilation), "leave it at 1");
  }
  return avg_pool(op, x, windows, options.count_include_pad);
}

MPCTensor adaptive_avg_pool2d(const MPCTensor& x, std::array<int64_t, 2> output) {
  const OperationScope op("adaptive_avg_pool2d", {x});
  op.fact(output);
  check_image(x.sizes(), "adaptive_avg_pool2d");
  return avg_pool(op, x, windows_of(x, output), false);
}

}  // namespace crypten
