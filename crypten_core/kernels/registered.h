// How a kernel finds its version for another device: as a torch operator that cuda/ registers (schemas: register.cpp).
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/SmallVector.h>

#include <string>

#include "crypten_core/error.h"

namespace crypten {

inline bool elsewhere(const at::Tensor& tensor) { return tensor.defined() && !tensor.device().is_cpu(); }

// True: all operands are on the CPU. Throws InvalidArgument: they are on different devices.
bool on_cpu(const char* operation, at::ArrayRef<at::Device> devices);
bool on_cpu(const char* operation, at::TensorList operands);

// Throws InvalidArgument: no kernel is registered for the operand's device.
c10::OperatorHandle registered_handle(const char* name, const at::Tensor& operand);

template <typename Signature>
c10::TypedOperatorHandle<Signature> registered(const char* name, const at::Tensor& operand) {
  return registered_handle(name, operand).typed<Signature>();
}

}  // namespace crypten
