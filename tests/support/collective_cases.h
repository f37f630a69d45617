// What the tests of the collectives share: parties, shapes and values.
#pragma once

#include <utility>
#include <vector>

#include "crypten_core/ring_tensor.h"
#include "tests/support/aten.h"
#include "tests/support/run_communicators.h"

namespace crypten::testing {

// Words that differ by rank and position and use all 64 bits.
inline RingTensor tensor_of(int rank, at::IntArrayRef sizes) {
  const int64_t spread = 0x1e3779b97f4a7c15;
  RingTensor out = RingTensor::empty(sizes);
  int64_t* words = out.words().data_ptr<int64_t>();
  for (int64_t i = 0; i < out.numel(); ++i) words[i] = static_cast<int64_t>(static_cast<uint64_t>(spread) * static_cast<uint64_t>(7 * i + 3 * rank + 1));
  return out;
}

// What one copy of it costs on the wire.
inline uint64_t payload_of(const RingTensor& tensor) { return 8 * static_cast<uint64_t>(tensor.numel()); }

// fn(world size, sizes) for 1, 2, 3 and 5 parties; scalars, nothing, one element, several, and more than one message.
template <class Fn>
void for_all_cases(Fn fn) {
  const std::vector<std::vector<int64_t>> shapes{{}, {0, 4}, {1}, {2, 3, 4}, {5000}};
  for (int size : {1, 2, 3, 5}) {
    for (const auto& sizes : shapes) fn(size, sizes);
  }
}

// Results and traffic of fn by rank; messages of at most 8 KiB.
template <class Fn>
auto measured(int size, Fn fn) {
  RunOptions options;
  options.max_message = 8192;
  return run_communicators(
      size,
      [&](Communicator& communicator) {
        auto result = fn(communicator);
        return std::pair(std::move(result), communicator.traffic());
      },
      options);
}

}  // namespace crypten::testing
