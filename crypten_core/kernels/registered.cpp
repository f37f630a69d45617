#include "crypten_core/kernels/registered.h"

namespace crypten {

bool on_cpu(const char* operation, at::ArrayRef<at::Device> devices) {
  for (const at::Device device : devices) {
    if (device == devices[0]) continue;
    throw InvalidArgument(124, std::string(operation) + ": the operands are on different devices", operation,
                          devices[0].str() + " and " + device.str(), "move one of them with .to(device)");
  }
  return devices.empty() || devices[0].is_cpu();
}

bool on_cpu(const char* operation, at::TensorList operands) {
  c10::SmallVector<at::Device, 8> devices;
  for (const at::Tensor& operand : operands) devices.push_back(operand.device());
  return on_cpu(operation, at::ArrayRef<at::Device>(devices));
}

c10::OperatorHandle registered_handle(const char* name, const at::Tensor& operand) {
  const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow((std::string("crypten::") + name).c_str(), "");
  const auto key = c10::computeDispatchKey(operand.scalar_type(), operand.layout(), operand.device());
  if (!handle.hasKernelForDispatchKey(key)) {
    throw InvalidArgument(143, std::string(name) + " has no kernel for this device", name, "the operands are on " + operand.device().str(),
                          "move them to the CPU, or use a build with the kernels of cuda/");
  }
  return handle;
}

}  // namespace crypten
