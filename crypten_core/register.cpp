// The torch operators of this library. Kernels that take keys are not among them: torch's profilers log what an operator is given.
#include <torch/library.h>

#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"

namespace crypten {
namespace {

at::Tensor matmul(const at::Tensor& a, const at::Tensor& b) { return ring_matmul(a, b); }

at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef stride, at::IntArrayRef padding,
                  at::IntArrayRef dilation, int64_t groups) {
  return ring_conv2d(input, weight, {{stride[0], stride[1]}, {padding[0], padding[1]}, {dilation[0], dilation[1]}, groups});
}

}  // namespace

TORCH_LIBRARY(crypten, m) {
  m.def("ring_matmul(Tensor a, Tensor b) -> Tensor");
  m.def("ring_conv2d(Tensor input, Tensor weight, int[2] stride, int[2] padding, int[2] dilation, int groups) -> Tensor");
  m.def("multiply_combine(Tensor x, Tensor y, Tensor lambda, Tensor mu, Tensor product, bool add_public) -> Tensor");
  m.def("truncate_combine(Tensor y, Tensor high, Tensor top, int shift, int bits, bool add_public) -> Tensor");
  m.def("sum(Tensor[] parts) -> Tensor");
}

TORCH_LIBRARY_IMPL(crypten, CPU, m) {
  m.impl("ring_matmul", matmul);
  m.impl("ring_conv2d", conv2d);
  m.impl("multiply_combine", multiply_combine_cpu);
  m.impl("truncate_combine", truncate_combine_cpu);
  m.impl("sum", sum_cpu);
}

}  // namespace crypten
