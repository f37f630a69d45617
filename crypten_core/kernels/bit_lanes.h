// What one GPU thread, or one test, does with bit planes (layout: kernels/bit_slice.h): the arithmetic of cuda/bit_slice.cu. No tensors.
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::bit_lanes {

inline constexpr int64_t kElements = 512, kWords = 8;  // of a tile and of a plane in it: kTileElements and kTileWords, whose header needs tensors

// Element i from `count` planes: the sum of bit p shifted to first_bit + p.
struct WordFromPlanes {
  const uint64_t* planes;
  int64_t tile_stride, plane_stride;
  int count, first_bit;
  CRYPTEN_HOST_DEVICE uint64_t operator()(int64_t i) const {
    const uint64_t* const word = planes + i / kElements * tile_stride + i % kElements / 64;
    const int lane = static_cast<int>(i % 64);
    uint64_t result = 0;
    for (int p = 0; p < count; ++p) result |= (word[p * plane_stride] >> lane & 1) << p;
    return count == 0 ? 0 : result << first_bit;
  }
};

// Slicing by votes: 32 threads take four plane words' elements, eight each, and vote on every bit. The words of all tiles are numbered in order.
struct Slice {
  static constexpr int kWordsPerVote = 4;  // their 32 bytes of a plane are written together
  const uint64_t* words;
  int64_t n;
  int first_bit, count;
  uint64_t* planes;

  // The element that `lane` of 32 puts into half `half` of plane word `word`; zero beyond the last.
  CRYPTEN_HOST_DEVICE uint64_t element(int64_t word, int half, int lane) const {
    const int64_t i = 64 * word + 32 * half + lane;
    return i < n ? words[i] : 0;
  }
  CRYPTEN_HOST_DEVICE bool vote(uint64_t element, int plane) const { return element >> (first_bit + plane) & 1; }
  CRYPTEN_HOST_DEVICE uint64_t* place(int64_t word, int plane) const { return planes + (word / kWords * count + plane) * kWords + word % kWords; }
};

// kernels/select_words.h, one element: a − b where its bit of the plane, flipped or not, is set, else b.
struct DifferenceOrSecond {
  uint64_t flip;  // all bits set: where the bit is clear
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t plane_word, int lane, uint64_t a, uint64_t b) const {
    const uint64_t all = uint64_t{0} - ((plane_word ^ flip) >> lane & 1);
    return (b ^ all) - all + (a & all);  // b, or −b + a
  }
};

// kernels/select_words.h, one element: one constant where its bit of the plane is set, the other one elsewhere.
struct ChosenConstant {
  uint64_t set, clear;
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t plane_word, int lane) const { return clear ^ ((set ^ clear) & (uint64_t{0} - (plane_word >> lane & 1))); }
};

// kernels/select_words.h, one element: sum + a where its bit of the plane is set, else sum + one − a.
struct AddOrComplement {
  uint64_t one;
  CRYPTEN_HOST_DEVICE uint64_t operator()(uint64_t plane_word, int lane, uint64_t a, uint64_t sum) const {
    const uint64_t clear = (plane_word >> lane & 1) - 1;  // all bits set where that bit is clear: −a is ~a + 1
    return sum + (a ^ clear) + ((one + 1) & clear);
  }
};

// The form in which planes travel (kernels/bit_slice.h), a word of it at a time: full tiles as they lie in memory, of the last one only the bytes in which elements lie. Bits beyond the last
// element are zero, and so are the bytes that fill the last word.
struct Pack {
  const uint64_t* planes;
  int64_t tile_stride, plane_stride, count, n;

  CRYPTEN_HOST_DEVICE int64_t full_words() const { return n / kElements * count * kWords; }
  CRYPTEN_HOST_DEVICE uint64_t operator()(int64_t i) const {
    if (i < full_words()) return planes[i / (count * kWords) * tile_stride + i / kWords % count * plane_stride + i % kWords];
    const int64_t rest = n % kElements, bytes = (rest + 7) / 8;
    const uint64_t* const tile = planes + n / kElements * tile_stride;
    uint64_t word = 0;
    for (int b = 0; b < 8; ++b) {
      const int64_t at = 8 * (i - full_words()) + b, plane = at / bytes, byte = at % bytes;
      if (plane >= count) break;
      uint64_t value = tile[plane * plane_stride + byte / 8] >> (8 * (byte % 8)) & 0xff;
      if (byte + 1 == bytes && rest % 8 != 0) value &= (uint64_t{1} << (rest % 8)) - 1;
      word |= value << (8 * b);
    }
    return word;
  }
};

// Word i of dense planes from that form. Reads only words in which bytes of the planes lie.
struct Unpack {
  const uint64_t* packed;
  int64_t count, n;

  CRYPTEN_HOST_DEVICE uint64_t operator()(int64_t i) const {
    const int64_t full = n / kElements * count * kWords;
    if (i < full) return packed[i];
    const int64_t rest = n % kElements, bytes = (rest + 7) / 8, plane = (i - full) / kWords, first = 8 * ((i - full) % kWords);
    uint64_t word = 0;
    for (int64_t byte = first; byte < bytes && byte < first + 8; ++byte) {
      const int64_t at = plane * bytes + byte;
      uint64_t value = packed[full + at / 8] >> (8 * (at % 8)) & 0xff;
      if (byte + 1 == bytes && rest % 8 != 0) value &= (uint64_t{1} << (rest % 8)) - 1;
      word |= value << (8 * (byte - first));
    }
    return word;
  }
};

}  // namespace crypten::bit_lanes
