// What the tests of all kernels draw from.
#pragma once

#include <cstdint>
#include <vector>

#include "crypten_core/kernels/dispatch.h"
#include "tests/support/aten.h"

namespace crypten::test {

inline at::Tensor random_words(at::IntArrayRef sizes) { return at::randint(INT64_MIN, INT64_MAX, sizes, at::kLong); }

// The paths that this CPU can run.
inline std::vector<KernelPath> supported_paths() {
  std::vector<KernelPath> found;
  for (const KernelPath path : kKernelPaths)
    if (supported(path)) found.push_back(path);
  return found;
}

}  // namespace crypten::test
