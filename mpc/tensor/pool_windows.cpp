#include "mpc/tensor/pool_windows.h"

#include <algorithm>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {

void check_image(at::IntArrayRef sizes, const char* operation) {
  if (sizes.size() == 4) return;
  throw InvalidArgument(tensor_code::dims, std::string(operation) + ": expected a tensor of four dimensions", operation, "its shape is " + shape_text(sizes), "reshape it to (N, C, H, W)");
}

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

std::optional<int64_t> common_count(const std::vector<int64_t>& high, const std::vector<int64_t>& wide) {
  const auto alike = [](const std::vector<int64_t>& counts) { return std::ranges::all_of(counts, [&](int64_t count) { return count == counts.front(); }); };
  if (!alike(high) || !alike(wide)) return std::nullopt;
  return high.front() * wide.front();
}

Reduced reduce_windows(Party& party, const Reduced& x, int64_t dim, const Windows& windows, const std::function<Reduced(const Reduced&)>& reduce) {
  const auto parts = runs(windows);
  std::vector<Reduced> results(parts.size());
  std::vector<std::function<void()>> work;
  for (size_t i = 0; i < parts.size(); ++i) {
    work.emplace_back([&, i] {
      const View view = [dim, run = parts[i], dilation = windows.dilation](const at::Tensor& t) { return window_view(t, dim, run, dilation); };
      Reduced views;
      for (const auto& each : x) views.push_back(each.view(view, false));
      results[i] = reduce(views);
    });
  }
  if (work.size() == 1) work.front()();
  else party.together(std::move(work));
  if (results.size() == 1) return results.front();
  Reduced joined;
  for (size_t k = 0; k < x.size(); ++k) {
    std::vector<at::Tensor> words;
    for (const auto& result : results) words.push_back(result[k].share().words());
    joined.emplace_back(RingTensor(at::cat(words, dim)));
  }
  return joined;
}

}  // namespace crypten
