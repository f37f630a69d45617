#include "tests/cuda/gpu.h"

#include <torch/cuda.h>

namespace crypten::test {

const at::Device kGpu(at::kCUDA, 0);
const int64_t kLess = 1;

bool no_gpu() {
  static const bool none = !torch::cuda::is_available();
  if (none) WARN("skipped: no CUDA device here");
  return none;
}

}  // namespace crypten::test
