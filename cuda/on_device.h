// What the operators of this folder ask of their tensors, for its .cpp files.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "cuda/device.h"

namespace crypten::cuda {

inline void check(cudaError_t error, const char* kernel) {
  if (error == cudaSuccess) return;
  throw Error(144, "a CUDA kernel could not be started", kernel, cudaGetErrorString(error),
              "check the device with nvidia-smi, and that the build targets its architecture");
}

// Int64 tensors on one CUDA device, which is the current one while this lives, and torch's current queue there.
struct OnDevice {
  DeviceGuard guard;
  cudaStream_t stream;

  OnDevice(const char* kernel, at::TensorList tensors) : guard(tensors[0].device()), stream(current_stream()) {
    for (const auto& tensor : tensors) {
      if (tensor.scalar_type() == at::kLong && tensor.device() == tensors[0].device()) continue;
      throw InvalidArgument(142, std::string(kernel) + ": the operands are not int64 tensors on one device", kernel,
                            std::string("got ") + at::toString(tensor.scalar_type()) + " on " + tensor.device().str(), "convert or move the operand");
    }
  }
};

inline void require(bool holds, const char* where, const std::string& why) {
  if (!holds)
    throw InvalidArgument(160, "bit planes of another form", where, why, "pass int64 tensors laid out as kernels/bit_slice.h says, all on one device");
}

inline at::Tensor new_words(at::IntArrayRef sizes, const at::Tensor& like) { return at::empty(sizes, like.options()); }

// Numbers that a kernel reads, none of them secret.
inline at::Tensor numbers_on(at::IntArrayRef numbers, const at::Tensor& like) { return moved(at::tensor(numbers, at::kLong), like.device()); }

}  // namespace crypten::cuda
