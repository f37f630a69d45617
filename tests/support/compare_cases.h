// Values for comparisons and what is built on them: edges and all magnitudes.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/ring_tensor.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

namespace crypten::testing {

// `count` words: the edges first, then uniform words shifted to every magnitude. Truncated to count.
inline RingTensor words_of_all_magnitudes(int64_t count) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
  const auto edges = at::tensor(std::vector<int64_t>{0, -1, 1, kMin, kMax, kMin + 1, int64_t{1} << 62, -(int64_t{1} << 62), (int64_t{1} << 62) - 1, 15, 16, -16, 65536, -65536}, at::kLong);
  const auto shifts = at::arange(count, at::kLong).remainder(64);
  const auto random = at::bitwise_right_shift(random_words({count}).words(), shifts);
  const int64_t take = std::min<int64_t>(count, edges.numel());
  random.narrow(0, 0, take).copy_(edges.narrow(0, 0, take));
  return RingTensor(random);
}

// Bytes of `planes` packed bit planes of n elements.
inline uint64_t packed(int64_t n, int64_t planes) { return static_cast<uint64_t>(packed_size(n, planes)); }

// The words that shares stand for.
inline at::Tensor combined(const std::vector<at::Tensor>& shares) {
  auto sum = shares[0].clone();
  for (size_t i = 1; i < shares.size(); ++i) sum.bitwise_xor_(shares[i]);
  return sum;
}

inline int64_t elements_of(at::IntArrayRef sizes) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  return count;
}

}  // namespace crypten::testing
