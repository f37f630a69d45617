#include "mpc/tensor/windows.h"

#include <algorithm>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw InvalidArgument(tensor_code::pooling, "the pooling does not fit", "pooling", why, "check kernel, stride, padding, dilation and the input's size");
}

}  // namespace

Windows pool_windows(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, bool ceil_mode) {
  if (kernel < 1 || stride < 1 || dilation < 1) refuse("kernel, stride and dilation start at 1");
  if (padding < 0 || 2 * padding > kernel) refuse("padding " + std::to_string(padding) + " for kernel " + std::to_string(kernel) + ": expected 0 to half the kernel");
  const int64_t reach = dilation * (kernel - 1) + 1, room = size + 2 * padding - reach;
  if (size < 1 || room + (ceil_mode ? stride - 1 : 0) < 0) refuse("the kernel reaches over " + std::to_string(reach) + " of " + std::to_string(size + 2 * padding) + " padded rows or columns");
  int64_t outputs = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (outputs - 1) * stride >= size + padding) --outputs;  // a window that starts beyond the padded end has nothing to see

  Windows windows{{}, dilation};
  for (int64_t o = 0; o < outputs; ++o) {
    const int64_t start = o * stride - padding;
    const int64_t skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int64_t end = std::min(kernel, (size - 1 - start) / dilation + 1);  // one past the last existing element
    if (end <= skipped) refuse("a window lies in the padding as a whole");
    windows.list.push_back({start + skipped * dilation, end - skipped, std::min(start + kernel, size + padding) - start});
  }
  return windows;
}

Windows adaptive_windows(int64_t size, int64_t outputs) {
  if (size < 1 || outputs < 1) refuse("from " + std::to_string(size) + " to " + std::to_string(outputs) + " rows or columns: both start at 1");
  Windows windows;
  for (int64_t o = 0; o < outputs; ++o) {
    const int64_t start = o * size / outputs, end = ((o + 1) * size + outputs - 1) / outputs;
    windows.list.push_back({start, end - start, end - start});
  }
  return windows;
}

std::vector<WindowRun> runs(const Windows& windows) {
  std::vector<WindowRun> result;
  for (size_t o = 0; o < windows.list.size(); ++o) {
    const auto& [start, count, padded] = windows.list[o];
    WindowRun* last = result.empty() ? nullptr : &result.back();
    if (last && last->outputs == 1 && last->count == count && start > last->start) {
      last->step = start - last->start;
      last->outputs = 2;
    } else if (last && last->outputs > 1 && last->count == count && start == last->start + last->outputs * last->step) {
      ++last->outputs;
    } else {
      result.push_back({static_cast<int64_t>(o), 1, start, 1, count});
    }
  }
  return result;
}

at::Tensor window_view(const at::Tensor& t, int64_t dim, const WindowRun& run, int64_t dilation) {
  const int64_t reach = (run.count - 1) * dilation + 1;
  return t.slice(dim, run.start, run.start + (run.outputs - 1) * run.step + reach).unfold(dim, reach, run.step).slice(-1, 0, reach, dilation);
}

}  // namespace crypten
