// Windows: which elements along one dimension each output of a pooling sees. Windows name existing elements only: padding is what is missing, so it never wins a
// maximum and never costs a comparison. Two-dimensional pooling is done one dimension after the other.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace crypten {

struct Window {
  int64_t start = 0, count = 0;  // elements start, start + dilation, …
  int64_t padded_count = 0;      // with padding, as torch divides where padding counts
};

struct Windows {
  std::vector<Window> list;
  int64_t dilation = 1;
};

// torch's output size and positions. Throws InvalidArgument (415): kernel, stride, dilation below 1; padding negative or more than half the kernel; no output.
Windows pool_windows(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, bool ceil_mode);
// Output i sees ⌊i·size/outputs⌋ … ⌈(i+1)·size/outputs⌉ − 1. Throws InvalidArgument (415): outputs or size below 1.
Windows adaptive_windows(int64_t size, int64_t outputs);

// Consecutive outputs whose windows have equal counts and constant distance: a strided view holds them all.
struct WindowRun {
  int64_t first_output = 0, outputs = 0, start = 0, step = 1, count = 0;
};
std::vector<WindowRun> runs(const Windows& windows);
// A view of t: dimension `dim` becomes the outputs of the run, a last dimension of run.count is appended.
at::Tensor window_view(const at::Tensor& t, int64_t dim, const WindowRun& run, int64_t dilation);

}  // namespace crypten
