// The bodies of kernels/compare_bits_tile.h over any register type with ^ and &: included by the source of each instruction set, so that all versions are one formula.
// In an anonymous namespace, since each including source compiles it with its own instructions.
#pragma once

#include <cstdint>
#include <cstring>

#include "crypten_core/kernels/compare_bits_tile.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

template <class Lanes>
inline Lanes load(const uint64_t* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class Lanes>
inline void store(uint64_t* to, Lanes lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}
template <class Lanes>
inline Lanes broadcast(uint64_t word) {
  uint64_t words[sizeof(Lanes) / 8];
  for (auto& w : words) w = word;
  return load<Lanes>(words);
}

// Of the table entries whose high bits are fixed: their sum, the one that the digit's low bits select, and the sum of those above it.
template <class Lanes>
struct Selected {
  Lanes sum, equal, less;
};

// Entries [0, 2^kBits) of `table`; entry `last` of the whole table is not stored but given.
template <int kBits, class Lanes>
inline Selected<Lanes> select(const uint64_t* digit, const uint64_t* table, const uint64_t* last_place, Lanes last) {
  if constexpr (kBits == 0) {
    const Lanes entry = table == last_place ? last : load<Lanes>(table);
    return {entry, entry, entry ^ entry};
  } else {
    const auto lower = select<kBits - 1, Lanes>(digit, table, last_place, last);
    const auto upper = select<kBits - 1, Lanes>(digit, table + ((1 << (kBits - 1)) * kPlaneWords), last_place, last);
    const Lanes bit = load<Lanes>(digit + (kBits - 1) * kPlaneWords), below = lower.less ^ upper.sum;
    return {lower.sum ^ upper.sum, lower.equal ^ (bit & (lower.equal ^ upper.equal)), below ^ (bit & (below ^ upper.less))};
  }
}

template <int kBits, class Lanes>
void look_up_digit(const TileLookup& lookup) {
  constexpr int kEntries = (1 << kBits) - 1, kStep = sizeof(Lanes) / 8;
  const Lanes one = broadcast<Lanes>(lookup.one);
  for (int w = 0; w < kPlaneWords; w += kStep) {
    const uint64_t* table = lookup.table + w;
    Lanes last = one;
    for (int u = 0; u < kEntries; ++u) last = last ^ load<Lanes>(table + u * kPlaneWords);
    const auto selected = select<kBits, Lanes>(lookup.digit + w, table, table + kEntries * kPlaneWords, last);
    if (lookup.less) store(lookup.less + w, selected.less);
    if (lookup.equal) store(lookup.equal + w, selected.equal);
  }
}

template <class Lanes>
void look_up_digit(const TileLookup& lookup) {
  switch (lookup.width) {
    case 1: return look_up_digit<1, Lanes>(lookup);
    case 2: return look_up_digit<2, Lanes>(lookup);
    case 3: return look_up_digit<3, Lanes>(lookup);
    case 4: return look_up_digit<4, Lanes>(lookup);
    case 5: return look_up_digit<5, Lanes>(lookup);
    case 6: return look_up_digit<6, Lanes>(lookup);
    case 7: return look_up_digit<7, Lanes>(lookup);
  }
}

// Shares of a product of factors b̂_i ⊕ m_i, by position: at each factor either its public bit or its mask is taken. `taken`: the masks taken so far.
template <class Lanes>
struct Merging {
  const TileMerge& merge;
  int word;
  Lanes one;

  Lanes equal_masks(unsigned taken) const { return taken == 0 ? one : load<Lanes>(merge.masks_equal[taken] + word); }

  // equal_i ⋯ equal_{pairs−1}
  Lanes equal(int i, unsigned taken) const {
    if (i == merge.pairs) return equal_masks(taken);
    return (load<Lanes>(merge.public_equal[i] + word) & equal(i + 1, taken)) ^ equal(i + 1, taken | 1U << i);
  }
  // less_i ⊕ equal_i·(less_{i+1} ⊕ equal_{i+1}·( … ))
  Lanes less(int i, unsigned taken) const {
    const Lanes here = (load<Lanes>(merge.public_less[i] + word) & equal_masks(taken)) ^ load<Lanes>(merge.masks_less[(1U << i) - 1 + taken] + word);
    if (i + 1 == merge.pairs) return here;
    return here ^ (load<Lanes>(merge.public_equal[i] + word) & less(i + 1, taken)) ^ less(i + 1, taken | 1U << i);
  }
};

template <class Lanes>
void merge_pairs(const TileMerge& merge) {
  for (int w = 0; w < kPlaneWords; w += static_cast<int>(sizeof(Lanes) / 8)) {
    const Merging<Lanes> merging{merge, w, broadcast<Lanes>(merge.one)};
    if (merge.less) store(merge.less + w, merging.less(0, 0));
    if (merge.equal) store(merge.equal + w, merging.equal(0, 0));
  }
}

}  // namespace
}  // namespace crypten
