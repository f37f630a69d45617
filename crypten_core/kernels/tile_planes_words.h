// The bodies of kernels/tile_planes.h where 64 words are transposed at a time: included by the source of each instruction set that has no
// version of its own.
#pragma once

#include <algorithm>

#include "crypten_core/kernels/lanes.h"
#include "crypten_core/kernels/transpose64.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <Transpose64 transpose, GatherBit gather>
void slice_by_words(const uint64_t* words, int first_bit, int count, uint64_t* planes) {
  constexpr int kFewBits = 6;
  uint64_t rows[64];
  for (int w = 0; w < kPlaneWords; ++w, words += 64) {
    if (count <= kFewBits) {
      for (int p = 0; p < count; ++p) planes[p * kPlaneWords + w] = gather(words, first_bit + p);
    } else {
      transpose(words, rows);
      for (int p = 0; p < count; ++p) planes[p * kPlaneWords + w] = rows[first_bit + p];
    }
  }
}

template <Transpose64 transpose>
void unslice_by_words(const uint64_t* planes, int64_t stride, int first_bit, int count, uint64_t* words) {
  uint64_t rows[64] = {};
  for (int w = 0; w < kPlaneWords; ++w, words += 64) {
    for (int p = 0; p < count; ++p) rows[first_bit + p] = planes[p * stride + w];
    transpose(rows, words);
  }
}

}  // namespace
}  // namespace crypten
