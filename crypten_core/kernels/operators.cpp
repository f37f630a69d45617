#include "crypten_core/kernels/operators.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <initializer_list>
#include <string>

#include "crypten_core/error.h"
#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"

namespace crypten::operators {
namespace {

// True: all operands are on the CPU.
bool on_cpu(const char* operation, at::TensorList operands) {
  for (const at::Tensor& operand : operands) {
    if (operand.device() == operands[0].device()) continue;
    throw InvalidArgument(124, std::string(operation) + ": the operands are on different devices", operation,
                          operands[0].device().str() + " and " + operand.device().str(), "move one of them with .to(device)");
  }
  return operands.empty() || operands[0].device().is_cpu();
}

template <typename Signature>
c10::TypedOperatorHandle<Signature> registered(const char* name, const at::Tensor& operand) {
  const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow((std::string("crypten::") + name).c_str(), "");
  const auto key = c10::computeDispatchKey(operand.scalar_type(), operand.layout(), operand.device());
  if (!handle.hasKernelForDispatchKey(key)) {
    throw InvalidArgument(143, std::string(name) + " has no kernel for this device", name, "the operands are on " + operand.device().str(),
                          "move them to the CPU, or use a build with the kernels of cuda/");
  }
  return handle.typed<Signature>();
}

}  // namespace

at::Tensor matmul(const at::Tensor& a, const at::Tensor& b) {
  if (on_cpu("matmul", {a, b})) return ring_matmul(a, b);
  return registered<at::Tensor(const at::Tensor&, const at::Tensor&)>("ring_matmul", a).call(a, b);
}

at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options) {
  if (on_cpu("conv2d", {input, weight})) return ring_conv2d(input, weight, options);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t);
  return registered<Signature>("ring_conv2d", input).call(input, weight, options.stride, options.padding, options.dilation, options.groups);
}

at::Tensor multiply_combine(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu,
                            const at::Tensor& product, bool add_public) {
  if (on_cpu("multiply_combine", {x, y, lambda, mu, product})) return multiply_combine_cpu(x, y, lambda, mu, product, add_public);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, bool);
  return registered<Signature>("multiply_combine", x).call(x, y, lambda, mu, product, add_public);
}

at::Tensor truncate_combine(const at::Tensor& y, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits,
                            bool add_public) {
  if (on_cpu("truncate_combine", {y, high, top})) return truncate_combine_cpu(y, high, top, shift, bits, add_public);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t, int64_t, bool);
  return registered<Signature>("truncate_combine", y).call(y, high, top, shift, bits, add_public);
}

at::Tensor sum(const std::vector<at::Tensor>& parts) {
  if (on_cpu("sum", parts)) return sum_cpu(parts);
  return registered<at::Tensor(at::TensorList)>("sum", parts[0]).call(parts);
}

}  // namespace crypten::operators
