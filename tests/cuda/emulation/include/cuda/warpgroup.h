// In place of cuda/warpgroup.h: the same by emulation/asynchronous.h.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "tests/cuda/emulation/asynchronous.h"

namespace crypten::cuda {

using emulation::begin_products;
using emulation::copy_later;
using emulation::expect_bytes;
using emulation::group_products;
using emulation::make_barrier;
using emulation::multiply_later;
using emulation::publish_barriers;
using emulation::shared_address;
using emulation::wait_for_phase;

template <int kGroups>
void wait_for_products() {
  emulation::wait_for_products(kGroups);
}

inline void read_sums(int32_t (&)[emulation::kProductSums]) {}

}  // namespace crypten::cuda
