#include <immintrin.h>

#include <cstring>

#include "crypten_core/kernels/narrow_groups.h"
#include "crypten_core/kernels/narrow_places.h"

namespace crypten {
namespace {

// The places of all bytes of a group, for one width.
struct Places {
  alignas(64) uint8_t unpacked[64];   // of the eight bytes from each element's first one on
  alignas(64) uint8_t packed[2][64];  // which byte of the shifted even, and odd, elements comes where
  alignas(64) uint64_t shifts[8];
  uint64_t bytes, even, odd;  // masks: of the group, and of the bytes in which even and odd elements have bits
};

// Elements of one byte and more: between two even elements, or two odd ones, there is a byte.
constexpr Places places(int bits) {
  Places p{};
  p.bytes = narrow_mask(bits);
  for (int i = 0; i < 8; ++i) {
    p.shifts[i] = static_cast<uint64_t>(narrow_shift(i, bits));
    for (int b = 0; b < 8; ++b) p.unpacked[8 * i + b] = static_cast<uint8_t>((narrow_byte(i, bits) + b) % 64);
    for (int b = 0; 8 * b < narrow_shift(i, bits) + bits && b < 8; ++b) {
      const int to = narrow_byte(i, bits) + b;
      p.packed[i % 2][to] = static_cast<uint8_t>(8 * i + b);
      (i % 2 == 0 ? p.even : p.odd) |= uint64_t{1} << to;
    }
  }
  return p;
}

struct AllPlaces {
  Places of[65];
};
constexpr AllPlaces all_places() {
  AllPlaces all{};
  for (int bits = 1; bits <= 64; ++bits) all.of[bits] = places(bits);
  return all;
}
constexpr AllPlaces kPlaces = all_places();

// A group at a time: a register's 64 bytes where so many are this run's, whatever the next group overwrites; then only the group's own.
template <class Group>
inline void store_groups(size_t groups, int bits, __mmask64 bytes, std::byte* out, Group group) {
  const auto each = static_cast<size_t>(bits);
  for (; groups * each >= 64; --groups, out += bits) _mm512_storeu_si512(out, group());
  for (; groups > 0; --groups, out += bits) _mm512_mask_storeu_epi8(out, bytes, group());
}

void pack_vbmi(const uint64_t* words, int bits, size_t groups, std::byte* out) {
  if (!narrow_in_words(bits)) return kNarrowGroupsPortable.pack(words, bits, groups, out);
  const Places& p = kPlaces.of[bits];
  if (bits < 8) {
    const uint64_t used = narrow_mask(bits) * 0x0101010101010101;
    store_groups(groups, bits, p.bytes, out, [&] {
      const __m512i group = _mm512_loadu_si512(words);
      words += kNarrowGroup;
      return _mm512_castsi128_si512(
          _mm_cvtsi64_si128(static_cast<int64_t>(_pext_u64(static_cast<uint64_t>(_mm_cvtsi128_si64(_mm512_cvtepi64_epi8(group))), used))));
    });
    return;
  }
  const __m512i mask = _mm512_set1_epi64(static_cast<int64_t>(narrow_mask(bits))), shifts = _mm512_load_si512(p.shifts), even = _mm512_load_si512(p.packed[0]),
                odd = _mm512_load_si512(p.packed[1]);
  store_groups(groups, bits, p.bytes, out, [&] {
    const __m512i group = _mm512_sllv_epi64(_mm512_and_si512(_mm512_loadu_si512(words), mask), shifts);
    words += kNarrowGroup;
    return _mm512_or_si512(_mm512_maskz_permutexvar_epi8(p.even, even, group), _mm512_maskz_permutexvar_epi8(p.odd, odd, group));
  });
}

void unpack_vbmi(const std::byte* from, int bits, size_t groups, uint64_t* out) {
  if (!narrow_in_words(bits)) return kNarrowGroupsPortable.unpack(from, bits, groups, out);
  const Places& p = kPlaces.of[bits];
  const __m512i mask = _mm512_set1_epi64(static_cast<int64_t>(narrow_mask(bits))), shifts = _mm512_load_si512(p.shifts), places = _mm512_load_si512(p.unpacked);
  for (; groups > 0; --groups, from += bits, out += kNarrowGroup) {
    const __m512i group = _mm512_permutexvar_epi8(places, _mm512_maskz_loadu_epi8(p.bytes, from));
    _mm512_storeu_si512(out, _mm512_and_si512(_mm512_srlv_epi64(group, shifts), mask));
  }
}

}  // namespace

extern const NarrowGroups kNarrowGroupsVbmi{pack_vbmi, unpack_vbmi};

}  // namespace crypten
