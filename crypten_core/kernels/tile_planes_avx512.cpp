#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/kernels/tile_planes_registers.h"

namespace crypten {
namespace {

constexpr int kXorThenAnd = 0x28, kXorOfThree = 0x96;  // truth tables of (a ⊕ b) · c and a ⊕ b ⊕ c

// Byte k of word i to byte i of word k: within 128 bits first, two bytes at a time then.
inline __m512i transpose_bytes(__m512i words) {
  const __m512i pairs = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
  const __m512i places = _mm512_set_epi16(31, 23, 15, 7, 30, 22, 14, 6, 29, 21, 13, 5, 28, 20, 12, 4, 27, 19, 11, 3, 26, 18, 10, 2, 25, 17,
                                          9, 1, 24, 16, 8, 0);
  return _mm512_permutexvar_epi16(places, _mm512_shuffle_epi8(words, pairs));
}

template <int distance>
inline __m512i exchange(__m512i x, uint64_t low) {
  const __m512i swap =
      _mm512_ternarylogic_epi64(x, _mm512_srli_epi64(x, distance), _mm512_set1_epi64(static_cast<int64_t>(low)), kXorThenAnd);
  return _mm512_ternarylogic_epi64(x, swap, _mm512_slli_epi64(swap, distance), kXorOfThree);
}

// Source: exchange of off-diagonal blocks, H. S. Warren, Hacker's Delight, 2nd edition, section 7-3.
inline __m512i transpose8x8(__m512i x) {
  return exchange<28>(exchange<14>(exchange<7>(x, 0x00aa00aa00aa00aa), 0x0000cccc0000cccc), 0x00000000f0f0f0f0);
}

struct Shifts {
  template <bool high>
  static __m512i enter(__m512i a, __m512i b) {
    a = transpose_bytes(a), b = transpose_bytes(b);
    return transpose8x8(high ? _mm512_unpackhi_epi64(a, b) : _mm512_unpacklo_epi64(a, b));
  }
  template <bool odd>
  static __m512i leave(__m512i a, __m512i b) {
    return transpose_bytes(_mm512_shuffle_i64x2(a, b, odd ? kOdd : kEven));
  }
};

}  // namespace

extern const TilePlanes kTilePlanesAvx512{slice_by_registers<Shifts>, unslice_by_registers<Shifts>};

}  // namespace crypten
