#include "crypten_core/kernels/narrow_groups.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace crypten {
namespace {

static_assert(std::endian::native == std::endian::little, "narrow words are little endian");

constexpr uint64_t low_mask(int bits) { return ~uint64_t{0} >> (64 - bits); }

uint64_t word_at(const std::byte* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Whole groups, one after another: places and shifts are constants of the width.
template <int kBits>
void pack_groups(const uint64_t* words, size_t groups, std::byte* out) {
  for (; groups > 0; --groups, words += kNarrowGroup, out += kBits) {
    if constexpr (kBits % 8 == 0) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kNarrowGroup; ++i) std::memcpy(out + i * kBits / 8, words + i, kBits / 8);
    } else {
      // Word by word of the string, so that none of it is in memory before it is written.
      uint64_t string = 0;
      size_t filled = 0;
      std::byte* to = out;
#pragma GCC unroll 8
      for (size_t i = 0; i < kNarrowGroup; ++i) {
        const uint64_t word = words[i] & low_mask(kBits);
        string |= word << filled;
        filled += kBits;
        if (filled < 64) continue;
        std::memcpy(to, &string, 8);
        to += 8, filled -= 64;
        string = filled == 0 ? 0 : word >> (kBits - filled);
      }
      std::memcpy(to, &string, kBits % 8);
    }
  }
}

template <int kBits>
void unpack_groups(const std::byte* from, size_t groups, uint64_t* out) {
  for (; groups > 0; --groups, from += kBits, out += kNarrowGroup) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kNarrowGroup; ++i) {
      const size_t at = i * kBits / 8, shift = i * kBits % 8;
      uint64_t word = word_at(from + at) >> shift;
      if (shift + kBits > 64) word |= word_at(from + at + 8) << (64 - shift) % 64;
      out[i] = word & low_mask(kBits);
    }
  }
}

using PackGroups = void (*)(const uint64_t* words, size_t groups, std::byte* out);
using UnpackGroups = void (*)(const std::byte* from, size_t groups, uint64_t* out);

template <size_t... index>
constexpr std::array<PackGroups, 64> packers(std::index_sequence<index...>) {
  return {pack_groups<index + 1>...};
}
template <size_t... index>
constexpr std::array<UnpackGroups, 64> unpackers(std::index_sequence<index...>) {
  return {unpack_groups<index + 1>...};
}
constexpr auto kPack = packers(std::make_index_sequence<64>());
constexpr auto kUnpack = unpackers(std::make_index_sequence<64>());

}  // namespace

const NarrowGroups kNarrowGroupsPortable{
    [](const uint64_t* words, int bits, size_t groups, std::byte* out) { kPack[static_cast<size_t>(bits - 1)](words, groups, out); },
    [](const std::byte* from, int bits, size_t groups, uint64_t* out) { kUnpack[static_cast<size_t>(bits - 1)](from, groups, out); }};

bool has_vbmi() {
  static const bool has = supported(KernelPath::avx512) && __builtin_cpu_supports("avx512vbmi");
  return has;
}

const NarrowGroups& narrow_groups(KernelPath path) { return path >= KernelPath::avx512 && has_vbmi() ? kNarrowGroupsVbmi : *kNarrowGroups[path]; }

}  // namespace crypten
