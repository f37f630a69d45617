#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/kernels/tile_planes_registers.h"

namespace crypten {
namespace {

struct Bytes {
  alignas(64) uint8_t of[64];  // 0 … 63 of a, 64 … 127 of b
};

constexpr Bytes entering(bool high) {
  Bytes bytes{};
  for (int word = 0; word < 8; ++word) {
    const int byte = word / 2 * 2 + (high ? 1 : 0), second = word % 2 * 64;
    for (int i = 0; i < 8; ++i) bytes.of[8 * word + 7 - i] = static_cast<uint8_t>(second + 8 * i + byte);  // descending: see transpose8x8
  }
  return bytes;
}

constexpr Bytes leaving(bool odd) {
  Bytes bytes{};
  for (int i = 0; i < 8; ++i) {
    const int lane = i / 2 % 2 * 2 + (odd ? 1 : 0), second = i / 4 * 64;
    for (int k = 0; k < 8; ++k) bytes.of[8 * k + i] = static_cast<uint8_t>(second + 16 * lane + i % 2 * 8 + k);
  }
  return bytes;
}

constexpr Bytes kEntering[2] = {entering(false), entering(true)}, kLeaving[2] = {leaving(false), leaving(true)};

inline __m512i choose(__m512i a, const Bytes& bytes, __m512i b) { return _mm512_permutex2var_epi8(a, _mm512_load_si512(bytes.of), b); }

// The instruction multiplies each byte of its first operand, a vector over GF(2), by the matrix in the second, whose first row is its last
// byte. Times the unit vectors that gives the columns of a matrix whose rows lie in descending order.
inline __m512i transpose8x8(__m512i rows) {
  return _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(static_cast<int64_t>(0x8040201008040201)), rows, 0);
}

struct Permutations {
  template <bool high>
  static __m512i enter(__m512i a, __m512i b) {
    return transpose8x8(choose(a, kEntering[high], b));
  }
  template <bool odd>
  static __m512i leave(__m512i a, __m512i b) {
    return choose(a, kLeaving[odd], b);
  }
};

}  // namespace

extern const TilePlanes kTilePlanesGfni{slice_by_registers<Permutations>, unslice_by_registers<Permutations>};

}  // namespace crypten
