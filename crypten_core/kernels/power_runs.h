// Powers of two with fractional exponents (power_of_two.h) on runs of elements, on the widest registers there are: what a party does with an opened number and the
// dealer with its mask. Word for word what power_of_two() and rounded_product() give. No tensors, since each version is compiled for its own instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/power_of_two.h"

namespace crypten {

// PowerOfTwo, of each element.
struct PowerRun {
  uint64_t* mantissas;
  int64_t* exponents;
};

struct PowerRuns {
  // out_i = power_of_two(exponents_i)
  void (*powers)(const int64_t* exponents, PowerRun out, size_t count);
  // out_i = rounded_product(powers_i, factor)
  void (*rounded_products)(PowerRun powers, const PowerOfTwo& factor, uint64_t* out, size_t count);
};

extern const PowerRuns kPowerRunsPortable, kPowerRunsAvx2, kPowerRunsAvx512;
inline constexpr KernelTable<const PowerRuns*> kPowerRuns{{&kPowerRunsPortable, &kPowerRunsAvx2, &kPowerRunsAvx512}};

}  // namespace crypten
