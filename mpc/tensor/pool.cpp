#include "mpc/tensor/pool.h"

#include <algorithm>
#include <bit>
#include <string>

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

std::array<Windows, 2> windows_of(const MPCTensor& x, std::array<int64_t, 2> output) {
  return {adaptive_windows(x.sizes()[2], output[0]), adaptive_windows(x.sizes()[3], output[1])};
}

std::string text(const Pool2dOptions& o) {
  return "kernel " + shape_text(o.kernel) + " stride " + shape_text(o.stride) + " padding " + shape_text(o.padding) + " dilation " + shape_text(o.dilation) + (o.ceil_mode ? " ceil" : "");
}

MPCTensor max_pool(const OperationScope& op, const MPCTensor& x, const std::array<Windows, 2>& windows, double bound) {
  if (x.numel() == 0) {
    return op.result(op.zeros({x.sizes()[0], x.sizes()[1], static_cast<int64_t>(windows[0].list.size()), static_cast<int64_t>(windows[1].list.size())}), x.fraction_bits());
  }
  Party& party = op.party();
  const int top = top_within(2 * bound, x.fraction_bits(), op.precision_bits());
  const auto largest = [&](const Reduced& views) { return Reduced{maximum_along(party, views[0], views[0].dim() - 1, false, top).value}; };
  const auto rows = reduce_windows(party, {x.share()}, 3, windows[1], largest);
  return op.result(reduce_windows(party, rows, 2, windows[0], largest)[0], x.fraction_bits());
}

MPCTensor avg_pool(const OperationScope& op, const MPCTensor& x, const std::array<Windows, 2>& windows, bool count_padding) {
  const auto total = [](const Reduced& views) { return Reduced{ArithmeticShared(RingTensor(at::sum(views[0].share().words(), -1)))}; };
  const auto sums = [&] {
    const auto rows = reduce_windows(op.party(), {x.share()}, 3, windows[1], total);
    return op.result(reduce_windows(op.party(), rows, 2, windows[0], total)[0], x.fraction_bits());
  };
  const auto high = window_counts(windows[0], count_padding), wide = window_counts(windows[1], count_padding);
  if (const auto count = common_count(high, wide)) return divide_by_count(sums(), *count);
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

MPCTensor max_pool2d(const MPCTensor& x, const Pool2dOptions& options) {
  const OperationScope op("max_pool2d", {x});
  op.fact(text(options));
  check_bound(op, "max_pool2d", options.bound);
  return max_pool(op, x, image_windows(x.sizes(), options, "max_pool2d"), options.bound);
}

MPCTensor adaptive_max_pool2d(const MPCTensor& x, std::array<int64_t, 2> output, double bound) {
  const OperationScope op("adaptive_max_pool2d", {x});
  op.fact(output);
  check_bound(op, "adaptive_max_pool2d", bound);
  check_image(x.sizes(), "adaptive_max_pool2d");
  return max_pool(op, x, windows_of(x, output), bound);
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
