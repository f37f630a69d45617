// Tests of cuda/ compare a CUDA device with the CPU. Where there is no device they say so and check nothing; tools/gpu.sh does not run them there.
#pragma once

#include <torch/cuda.h>

#include <catch2/catch.hpp>

#include "tests/support/aten.h"

namespace crypten::test {

inline const at::Device kGpu(at::kCUDA, 0);

// To be asked first in a test of a device.
inline bool no_gpu() {
  static const bool none = !torch::cuda::is_available();
  if (none) WARN("skipped: no CUDA device here");
  return none;
}

}  // namespace crypten::test
