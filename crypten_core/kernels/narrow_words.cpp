#include "crypten_core/kernels/narrow_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "crypten_core/error.h"

namespace crypten {
namespace {

static_assert(std::endian::native == std::endian::little, "narrow words are little endian");

constexpr size_t kGroup = 8;  // elements, which begin and end with a byte
constexpr size_t kSlack = 16;  // bytes that a read may reach beyond its group

constexpr uint64_t low_mask(int bits) { return ~uint64_t{0} >> (64 - bits); }

uint64_t word_at(const std::byte* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Whole groups, one after another: places and shifts are constants of the width.
template <int kBits>
void pack_groups(const uint64_t* words, size_t groups, std::byte* out) {
  for (; groups > 0; --groups, words += kGroup, out += kBits) {
    if constexpr (kBits % 8 == 0) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kGroup; ++i) std::memcpy(out + i * kBits / 8, words + i, kBits / 8);
    } else {
      // Word by word of the string, so that none of it is in memory before it is written.
      uint64_t string = 0;
      size_t filled = 0;
      std::byte* to = out;
#pragma GCC unroll 8
      for (size_t i = 0; i < kGroup; ++i) {
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
  for (; groups > 0; --groups, from += kBits, out += kGroup) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kGroup; ++i) {
      const size_t at = i * kBits / 8, shift = i * kBits % 8;
      uint64_t word = word_at(from + at) >> shift;
      if (shift + kBits > 64) word |= word_at(from + at + 8) << (64 - shift) % 64;
      out[i] = word & low_mask(kBits);
    }
  }
}

using Pack = void (*)(const uint64_t* words, size_t groups, std::byte* out);
using Unpack = void (*)(const std::byte* from, size_t groups, uint64_t* out);

template <size_t... index>
constexpr std::array<Pack, 64> packers(std::index_sequence<index...>) {
  return {pack_groups<index + 1>...};
}
template <size_t... index>
constexpr std::array<Unpack, 64> unpackers(std::index_sequence<index...>) {
  return {unpack_groups<index + 1>...};
}
constexpr auto kPack = packers(std::make_index_sequence<64>());
constexpr auto kUnpack = unpackers(std::make_index_sequence<64>());

void require(bool holds, const char* where, const std::string& why) {
  if (!holds) throw InvalidArgument(160, "narrow words of another form", where, why, "pass 1 … 64 bits and as many bytes as narrow_size() says");
}

}  // namespace

void pack_narrow(std::span<const uint64_t> words, int bits, std::span<std::byte> out) {
  require(bits >= 1 && bits <= 64, "pack_narrow", std::to_string(bits) + " bits");
  require(out.size() == narrow_size(words.size(), bits), "pack_narrow", std::to_string(words.size()) + " elements into " + std::to_string(out.size()) + " bytes");
  const auto pack = kPack[static_cast<size_t>(bits - 1)];
  const size_t groups = words.size() / kGroup, rest = words.size() % kGroup;
  pack(words.data(), groups, out.data());
  if (rest == 0) return;
  std::array<uint64_t, kGroup> last{};
  std::array<std::byte, 64> packed;
  std::copy_n(words.data() + groups * kGroup, rest, last.data());
  pack(last.data(), 1, packed.data());
  const size_t done = groups * static_cast<size_t>(bits);
  std::memcpy(out.data() + done, packed.data(), out.size() - done);
}

void unpack_narrow(std::span<const std::byte> packed, int bits, uint64_t first, std::span<uint64_t> out) {
  require(bits >= 1 && bits <= 64, "unpack_narrow", std::to_string(bits) + " bits");
  require(packed.size() >= narrow_size(first + out.size(), bits), "unpack_narrow", std::to_string(first + out.size()) + " elements of " + std::to_string(packed.size()) + " bytes");
  const auto unpack = kUnpack[static_cast<size_t>(bits - 1)];
  const auto each = static_cast<size_t>(bits);
  // A group through a buffer: where it is not wanted as a whole, or a read would reach beyond the bytes.
  const auto part_of_group = [&](size_t group, size_t skipped, size_t count) {
    std::array<std::byte, 64 + kSlack> bytes{};
    std::array<uint64_t, kGroup> words;
    std::memcpy(bytes.data(), packed.data() + group * each, std::min(each, packed.size() - group * each));
    unpack(bytes.data(), 1, words.data());
    std::copy_n(words.data() + skipped, count, out.data());
    out = out.subspan(count);
  };
  auto group = static_cast<size_t>(first / kGroup);
  if (const auto skipped = static_cast<size_t>(first % kGroup); skipped != 0 && !out.empty()) part_of_group(group++, skipped, std::min(kGroup - skipped, out.size()));
  const size_t readable = packed.size() < group * each + kSlack ? 0 : (packed.size() - group * each - kSlack) / each;
  const size_t whole = std::min(out.size() / kGroup, readable);
  if (whole > 0) unpack(packed.data() + group * each, whole, out.data());
  out = out.subspan(whole * kGroup);
  for (group += whole; !out.empty(); ++group) part_of_group(group, 0, std::min(kGroup, out.size()));
}

}  // namespace crypten
