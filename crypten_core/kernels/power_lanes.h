// One element of sums of powers of an opened number (mpc/protocol/powers.h): what the CPU and a GPU's thread do alike. No tensors.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/power_of_two.h"

namespace crypten::power_lanes {

inline constexpr int kMostHighBits = 6;  // of the digit that chooses among the dealt shares

// Y = opened[i] + offset is cut into high digits of high_bits bits and low ones of low_bits. Of each group, results[group·n + i] = Σ over the factors of that
// group of tables[(Y_h − digit) mod 2^high_bits][i] · round(2^(slope·Y_l) · power). Which table is read follows from Y, which is public.
struct Sums {
  const uint64_t* opened;
  const uint64_t* tables[1 << kMostHighBits];  // own shares, of n elements each
  int64_t n;
  const int64_t* factors;  // of each: its group, its digit, its power's mantissa and exponent; in the order of groups
  int64_t factor_count, groups;
  uint64_t offset;
  int low_bits, high_bits;
  int64_t slope;

  CRYPTEN_HOST_DEVICE void operator()(int64_t i, uint64_t* results) const {
    const uint64_t word = opened[i] + offset, high = word >> low_bits, last = (uint64_t{1} << high_bits) - 1;
    const PowerOfTwo low = power_of_two(slope * static_cast<int64_t>(word & ((uint64_t{1} << low_bits) - 1)));
    const int64_t *factor = factors, *const end = factors + 4 * factor_count;
    for (int64_t group = 0; group < groups; ++group) {
      uint64_t sum = 0;
      for (; factor < end && factor[0] == group; factor += 4) {
        const uint64_t share = tables[(high - static_cast<uint64_t>(factor[1])) & last][i];
        sum += share * rounded_product(low, {static_cast<uint64_t>(factor[2]), static_cast<int>(factor[3])});
      }
      results[group * n + i] = sum;
    }
  }
};

}  // namespace crypten::power_lanes
