// Ring tensors for tests, and comparing what all ranks got.
#pragma once

#include <atomic>
#include <limits>
#include <vector>

#include "crypten_core/prg.h"
#include "crypten_core/ring_tensor.h"
#include "tests/support/aten.h"

namespace crypten::testing {

// Uniform words, the same in every run.
inline RingTensor random_words(at::IntArrayRef sizes) {
  static std::atomic<uint64_t> call{0};
  auto words = at::empty(sizes, at::kLong);
  AesStream(derive_key(Key(), "test", ++call)).fill({reinterpret_cast<uint64_t*>(words.data_ptr<int64_t>()), static_cast<size_t>(words.numel())}, 0);
  return RingTensor(words);
}

// Words of magnitude below 2^bits, both signs.
inline RingTensor random_words_below(at::IntArrayRef sizes, int bits) { return shift_right_arithmetic(random_words(sizes), 63 - bits); }

// 0, ±1, powers of two and their neighbours, up to magnitude 2^bits inclusive.
inline RingTensor edge_words(int bits) {
  std::vector<int64_t> edges{0, 1, -1};
  for (int b = 1; b <= bits; ++b)
    for (const int64_t delta : {-1, 0, 1}) {
      const int64_t word = static_cast<int64_t>((uint64_t{1} << b) + static_cast<uint64_t>(delta));
      if (b == bits && delta == 1) continue;
      edges.push_back(word);
      edges.push_back(static_cast<int64_t>(-static_cast<uint64_t>(word)));
    }
  return RingTensor(at::tensor(edges, at::kLong));
}

inline bool all_equal(const std::vector<RingTensor>& results, const RingTensor& expected) {
  for (const auto& result : results)
    if (!result.defined() || !result.equal(expected)) return false;
  return !results.empty();
}

}  // namespace crypten::testing
