// The CUDA kernels of the library's torch operators (schemas: crypten_core/register.cpp). Nobody includes this folder: loading the library
// registers it.
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/bilinear.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "cuda/elementwise.h"

namespace crypten::cuda {
namespace {

void check(cudaError_t error, const char* kernel) {
  if (error == cudaSuccess) return;
  throw Error(144, "a CUDA kernel could not be started", kernel, cudaGetErrorString(error),
              "check the device with nvidia-smi, and that the build targets its architecture");
}

// The operands broadcast to one shape, contiguous, and a result of that shape on their device.
template <size_t kCount>
struct Operands {
  std::array<at::Tensor, kCount> tensors;
  at::Tensor result;
  c10::cuda::CUDAGuard guard;
  cudaStream_t stream;

  explicit Operands(std::array<at::Tensor, kCount> given) : tensors(std::move(given)), guard(tensors[0].device()) {
    std::vector<int64_t> sizes;
    for (const auto& tensor : tensors) {
      if (tensor.scalar_type() != at::kLong || tensor.device() != tensors[0].device()) {
        throw InvalidArgument(142, "the operands are not int64 tensors on one device", "elementwise",
                              std::string("got ") + at::toString(tensor.scalar_type()) + " on " + tensor.device().str(),
                              "convert or move the operand");
      }
      sizes = Bilinear::elementwise().output_sizes(sizes, tensor.sizes());
    }
    for (auto& tensor : tensors) tensor = tensor.expand(sizes).contiguous();
    result = at::empty(sizes, tensors[0].options());
    stream = c10::cuda::getCurrentCUDAStream();
  }
  const uint64_t* in(size_t i) const { return words_of(tensors[i]); }
  uint64_t* out() const { return mutable_words_of(result); }
};

at::Tensor multiply_combine_cuda(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu,
                                 const at::Tensor& product, bool add_public) {
  const Operands<5> o({x, y, lambda, mu, product});
  check(multiply_combine(o.in(0), o.in(1), o.in(2), o.in(3), o.in(4), o.out(), o.result.numel(), add_public, o.stream), "multiply_combine");
  return o.result;
}

at::Tensor truncate_combine_cuda(const at::Tensor& y, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits,
                                 bool add_public) {
  check_truncation(shift, bits);
  const Operands<3> o({y, high, top});
  check(truncate_combine(o.in(0), o.in(1), o.in(2), o.out(), o.result.numel(), static_cast<int>(shift), static_cast<int>(bits), add_public,
                         o.stream),
        "truncate_combine");
  return o.result;
}

at::Tensor sum_cuda(at::TensorList parts) {
  check_parts(parts);
  if (parts.size() == 1) return parts[0].clone();
  at::Tensor total = parts[0];
  for (const at::Tensor& part : parts.slice(1)) {
    const Operands<2> o({total, part});
    check(add(o.in(0), o.in(1), o.out(), o.result.numel(), o.stream), "sum");
    total = o.result;
  }
  return total;
}

}  // namespace

TORCH_LIBRARY_IMPL(crypten, CUDA, m) {
  m.impl("multiply_combine", multiply_combine_cuda);
  m.impl("truncate_combine", truncate_combine_cuda);
  m.impl("sum", sum_cuda);
}

}  // namespace crypten::cuda
