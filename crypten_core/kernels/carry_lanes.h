// Carries within one chunk of two words whose bits are public ⊕ dealer-known (mpc/provider/word_plan.h), over a type with ^ and &: a word of 64 elements by a
// GPU's thread, a register of the CPU's. No tensors.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/kernels/lanes.h"

namespace crypten {

inline constexpr int kWidestCarryChunk = 7;

// Where the planes of a tile lie: its first one, and words from tile to tile. Planes follow one another.
struct CarryPlanes {
  const uint64_t* words;
  int64_t stride;
};
struct CarryResults {
  uint64_t* words;
  int64_t stride;
};

// kernels/carry_chunks.h describes the planes.
struct CarryTile {
  int width;
  bool lift;
  CarryPlanes a_public, b_public, a_mask, b_mask, products;  // from the chunk's lowest bit, or its first product, on; of a lift only a_public and products
  int16_t both[(1 << kWidestCarryChunk) - 1], a[(1 << kWidestCarryChunk) - 1], b[(1 << kWidestCarryChunk) - 1];
  uint64_t one[2];
  CarryResults generated, opened;
  int16_t open_generated[kWidestCarryChunk], open_passed[kWidestCarryChunk];  // planes of `opened`, −1: not wanted
};

namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <class Lanes>
CRYPTEN_HOST_DEVICE void put(uint64_t* to, Lanes lanes) {
  if constexpr (std::is_same_v<Lanes, uint64_t>) {
    *to = lanes;
  } else {
    std::memcpy(to, &lanes, sizeof lanes);
  }
}

// Over sets S of the chunk's bits from j on, shares of π_S·G_j and of π_S·P_j: those for j + 1 follow, since p_j = p̂_j ⊕ π_j:
//   π_S·G_{j+1} = π_S·g_j ⊕ p̂_j·(π_S·G_j) ⊕ π_{S ∪ j}·G_j.
template <int kWidth, class Lanes>
CRYPTEN_HOST_DEVICE void carry_chunk(const CarryTile& chunk, int64_t tile, int64_t word) {
  constexpr int kSets = 1 << kWidth;
  const auto plane = [tile, word](const CarryPlanes& planes, int index) {
    return load<Lanes>(planes.words + tile * planes.stride + index * kPlaneWords + word);
  };
  // Shares of π_S·α_i and π_S·β_i, S above i.
  const auto place = [](int i, int above) { return kSets - (kSets >> i) + above; };
  const auto with_a = [&](int i, int above) { return above == 0 ? plane(chunk.a_mask, i) : plane(chunk.products, chunk.a[place(i, above)]); };
  const auto with_b = [&](int i, int above) { return above == 0 && !chunk.lift ? plane(chunk.b_mask, i) : plane(chunk.products, chunk.b[place(i, above)]); };

  Lanes subsets[kSets], passing[kSets], generating[kSets];  // π_S, π_S·P_j, π_S·G_j
  subsets[0] = load<Lanes>(chunk.one);
  // Loops of constant length, so that the arrays lie in registers.
  CRYPTEN_UNROLL
  for (int i = 0; i < kWidth; ++i) {
    CRYPTEN_UNROLL
    for (int above = 0; above < kSets / 2; ++above) {
      if (above >= kSets >> (i + 1)) continue;
      Lanes& subset = subsets[above << (i + 1) | 1 << i];
      subset = with_b(i, above);
      if (!chunk.lift) subset ^= with_a(i, above);
    }
  }
  CRYPTEN_UNROLL
  for (int s = 0; s < kSets; ++s) passing[s] = subsets[s], generating[s] = Lanes{};
  CRYPTEN_UNROLL
  for (int j = 0; j < kWidth; ++j) {
    const Lanes a = plane(chunk.a_public, j), b = chunk.lift ? Lanes{} : plane(chunk.b_public, j), p = a ^ b;
    CRYPTEN_UNROLL
    for (int above = 0; above < kSets / 2; ++above) {
      if (above >= kSets >> (j + 1)) continue;
      const int s = above << (j + 1), with_j = s | 1 << j;
      Lanes next = a & with_b(j, above);
      if (!chunk.lift) next ^= (a & b & subsets[s]) ^ (b & with_a(j, above)) ^ plane(chunk.products, chunk.both[place(j, above)]);
      generating[s] = next ^ (p & generating[s]) ^ generating[with_j];
      passing[s] = (p & passing[s]) ^ passing[with_j];
    }
    const auto write = [tile, word](const CarryResults& results, int index, Lanes lanes) {
      put(results.words + tile * results.stride + index * kPlaneWords + word, lanes);
    };
    write(chunk.generated, j, generating[0]);
    if (chunk.open_generated[j] >= 0) write(chunk.opened, chunk.open_generated[j], generating[0]);
    if (chunk.open_passed[j] >= 0) write(chunk.opened, chunk.open_passed[j], passing[0]);
  }
}

}  // namespace
}  // namespace crypten
