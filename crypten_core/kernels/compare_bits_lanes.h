// The bodies of kernels/compare_bits_tile.h over any type with ^ and &: included by the source of each instruction set and by cuda/, so that all versions are
// one formula. In an anonymous namespace, since each including source compiles it with its own instructions.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/kernels/compare_bits_tile.h"
#include "crypten_core/kernels/lanes.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

// Of the table entries whose high bits are fixed: their sum, the one that the digit's low bits select, and the sum of those above it.
template <class Lanes>
struct Selected {
  Lanes sum, equal, less;
};

// Entries [0, 2^kBits) of `table`; entry `last` of the whole table is not stored but given.
template <int kBits, class Lanes>
CRYPTEN_HOST_DEVICE Selected<Lanes> select(const uint64_t* digit, const uint64_t* table, const uint64_t* last_place, Lanes last) {
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

// The words at `digit` and `table`, of the first plane each; the other planes follow.
template <int kBits, class Lanes>
CRYPTEN_HOST_DEVICE Selected<Lanes> look_up_lanes(const uint64_t* digit, const uint64_t* table, Lanes one) {
  constexpr int kEntries = (1 << kBits) - 1;
  Lanes last = one;
  for (int u = 0; u < kEntries; ++u) last = last ^ load<Lanes>(table + u * kPlaneWords);
  return select<kBits, Lanes>(digit, table, table + kEntries * kPlaneWords, last);
}

// Shares of a product of factors b̂_i ⊕ m_i, by position: at each factor either its public bit or its mask is taken. `taken`: the masks taken so far.
// Places: public_less(i), public_equal(i), masks_less(index), masks_equal(index) give the lanes' words of a plane, numbered as in TileMerge.
template <int kPairs, class Places, class Lanes>
struct Merging {
  const Places& places;
  Lanes one;

  CRYPTEN_HOST_DEVICE Lanes equal_masks(unsigned taken) const { return taken == 0 ? one : load<Lanes>(places.masks_equal(taken)); }

  // equal_i ⋯ equal_{pairs−1}
  template <int i = 0>
  CRYPTEN_HOST_DEVICE Lanes equal(unsigned taken = 0) const {
    if constexpr (i == kPairs) {
      return equal_masks(taken);
    } else {
      return (load<Lanes>(places.public_equal(i)) & equal<i + 1>(taken)) ^ equal<i + 1>(taken | 1U << i);
    }
  }
  // less_i ⊕ equal_i·(less_{i+1} ⊕ equal_{i+1}·( … ))
  template <int i = 0>
  CRYPTEN_HOST_DEVICE Lanes less(unsigned taken = 0) const {
    const Lanes here = (load<Lanes>(places.public_less(i)) & equal_masks(taken)) ^ load<Lanes>(places.masks_less((1U << i) - 1 + taken));
    if constexpr (i + 1 == kPairs) {
      return here;
    } else {
      return here ^ (load<Lanes>(places.public_equal(i)) & less<i + 1>(taken)) ^ less<i + 1>(taken | 1U << i);
    }
  }
};

template <int kBits, class Lanes>
void look_up_digit(const TileLookup& lookup) {
  const Lanes one = broadcast<Lanes>(lookup.one);
  for (int w = 0; w < kPlaneWords; w += static_cast<int>(sizeof(Lanes) / 8)) {
    const auto selected = look_up_lanes<kBits, Lanes>(lookup.digit + w, lookup.table + w, one);
    if (lookup.less) store(lookup.less + w, selected.less);
    if (lookup.equal) store(lookup.equal + w, selected.equal);
  }
}

template <class Lanes>
void look_up_digit(const TileLookup& lookup) {
  switch (lookup.width) {
    case 1:
      return look_up_digit<1, Lanes>(lookup);
    case 2:
      return look_up_digit<2, Lanes>(lookup);
    case 3:
      return look_up_digit<3, Lanes>(lookup);
    case 4:
      return look_up_digit<4, Lanes>(lookup);
    case 5:
      return look_up_digit<5, Lanes>(lookup);
    case 6:
      return look_up_digit<6, Lanes>(lookup);
    case 7:
      return look_up_digit<7, Lanes>(lookup);
  }
}

struct TilePlaces {
  const TileMerge& merge;
  int word;
  const uint64_t* public_less(int i) const { return merge.public_less[i] + word; }
  const uint64_t* public_equal(int i) const { return merge.public_equal[i] + word; }
  const uint64_t* masks_less(unsigned index) const { return merge.masks_less[index] + word; }
  const uint64_t* masks_equal(unsigned index) const { return merge.masks_equal[index] + word; }
};

template <int kPairs, class Lanes>
void merge_pairs(const TileMerge& merge) {
  for (int w = 0; w < kPlaneWords; w += static_cast<int>(sizeof(Lanes) / 8)) {
    const TilePlaces places{merge, w};
    const Merging<kPairs, TilePlaces, Lanes> merging{places, broadcast<Lanes>(merge.one)};
    if (merge.less) store(merge.less + w, merging.less());
    if (merge.equal) store(merge.equal + w, merging.equal());
  }
}

template <class Lanes>
void merge_pairs(const TileMerge& merge) {
  switch (merge.pairs) {
    case 1:
      return merge_pairs<1, Lanes>(merge);
    case 2:
      return merge_pairs<2, Lanes>(merge);
    case 3:
      return merge_pairs<3, Lanes>(merge);
    case 4:
      return merge_pairs<4, Lanes>(merge);
    case 5:
      return merge_pairs<5, Lanes>(merge);
    case 6:
      return merge_pairs<6, Lanes>(merge);
    case 7:
      return merge_pairs<7, Lanes>(merge);
    case 8:
      return merge_pairs<8, Lanes>(merge);
  }
}

}  // namespace
}  // namespace crypten
