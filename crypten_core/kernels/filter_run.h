// Convolutions of one channel as sums of shifted words: in an image with its border of zeros, every weight meets the words at one distance from the results'.
#pragma once

#include <algorithm>
#include <cstdint>

namespace crypten {

// to[i] = Σ_t weights[t] · from[offsets[t] + i] for t < taps, i < count.
struct FilterRun {
  int64_t taps, count;
  const int64_t* offsets;
  const uint64_t* weights;
  const uint64_t* from;
  uint64_t* to;
};

// By a path's y[i] += factor · x[i], in pieces that stay in the first-level cache.
template <void (*kAxpy)(int64_t count, uint64_t factor, const uint64_t* x, uint64_t* y)>
void filter_by_axpy(const FilterRun& run) {
  constexpr int64_t kPiece = 512;
  for (int64_t i = 0; i < run.count; i += kPiece) {
    const int64_t count = std::min(kPiece, run.count - i);
    std::fill_n(run.to + i, count, 0);
    for (int64_t t = 0; t < run.taps; ++t) kAxpy(count, run.weights[t], run.from + run.offsets[t] + i, run.to + i);
  }
}

}  // namespace crypten
