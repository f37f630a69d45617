#include <immintrin.h>

#include "crypten_core/kernels/narrow_groups.h"
#include "crypten_core/kernels/narrow_places.h"

namespace crypten {
namespace {

// Half a group of one width: two elements from the 16 bytes at the first one, and two more from the 16 at theirs.
struct HalfGroup {
  alignas(32) uint8_t bytes[32];
  alignas(32) int64_t shifts[4];
  int first, second;  // byte of either pair
};

constexpr HalfGroup half_group(int element, int bits) {
  HalfGroup half{};
  half.first = narrow_byte(element, bits), half.second = narrow_byte(element + 2, bits);
  for (int i = 0; i < 4; ++i) {
    const int begin = narrow_byte(element + i, bits) - (i < 2 ? half.first : half.second);
    for (int b = 0; b < 8; ++b) half.bytes[8 * i + b] = static_cast<uint8_t>(begin + b);
    half.shifts[i] = narrow_shift(element + i, bits);
  }
  return half;
}

struct Halves {
  HalfGroup of[65][2];
};
constexpr Halves all_halves() {
  Halves all{};
  for (int bits = 1; bits <= 64; ++bits)
    for (int half = 0; half < 2; ++half) all.of[bits][half] = half_group(4 * half, bits);
  return all;
}
constexpr Halves kHalves = all_halves();

// Everything of a half group in registers.
struct HalfInRegisters {
  int first, second;
  __m256i bytes, shifts;
  explicit HalfInRegisters(const HalfGroup& half)
      : first(half.first),
        second(half.second),
        bytes(_mm256_load_si256(reinterpret_cast<const __m256i*>(half.bytes))),
        shifts(_mm256_load_si256(reinterpret_cast<const __m256i*>(half.shifts))) {}

  void unpack(const std::byte* from, __m256i mask, uint64_t* out) const {
    const auto pair = [from](int byte) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + byte)); };
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(pair(first)), pair(second), 1);
    const __m256i words = _mm256_srlv_epi64(_mm256_shuffle_epi8(both, bytes), shifts);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(words, mask));
  }
};

void unpack_avx2(const std::byte* from, int bits, size_t groups, uint64_t* out) {
  if (!narrow_in_words(bits)) return kNarrowGroupsPortable.unpack(from, bits, groups, out);
  const HalfInRegisters low(kHalves.of[bits][0]), high(kHalves.of[bits][1]);
  const __m256i mask = _mm256_set1_epi64x(static_cast<int64_t>(narrow_mask(bits)));
  for (; groups > 0; --groups, from += bits, out += kNarrowGroup) {
    low.unpack(from, mask, out);
    high.unpack(from, mask, out + 4);
  }
}

void pack_avx2(const uint64_t* words, int bits, size_t groups, std::byte* out) { kNarrowGroupsPortable.pack(words, bits, groups, out); }

}  // namespace

extern const NarrowGroups kNarrowGroupsAvx2{pack_avx2, unpack_avx2};

}  // namespace crypten
