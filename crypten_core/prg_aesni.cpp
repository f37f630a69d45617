// AES-128-CTR with one block per instruction, eight blocks in flight to hide the latency of a round.
#include <immintrin.h>

#include <cstring>

#include "crypten_core/aes_ctr.h"

namespace crypten::aes_ctr {
namespace {

// One step of the key schedule (FIPS 197, 5.2): w[i] ^= w[i-1] inside the block, then ^= SubWord(RotWord(last)) ^ Rcon.
template <int kRcon>
__m128i next_round_key(__m128i key) {
  const __m128i assist = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, kRcon), 0xff);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, assist);
}

}  // namespace

void expand_aesni(const uint8_t* key, RoundKeys& keys) {
  auto* out = reinterpret_cast<__m128i*>(keys.bytes);
  out[0] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key));
  out[1] = next_round_key<0x01>(out[0]);
  out[2] = next_round_key<0x02>(out[1]);
  out[3] = next_round_key<0x04>(out[2]);
  out[4] = next_round_key<0x08>(out[3]);
  out[5] = next_round_key<0x10>(out[4]);
  out[6] = next_round_key<0x20>(out[5]);
  out[7] = next_round_key<0x40>(out[6]);
  out[8] = next_round_key<0x80>(out[7]);
  out[9] = next_round_key<0x1b>(out[8]);
  out[10] = next_round_key<0x36>(out[9]);
}

void generate_aesni(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks) {
  constexpr uint64_t kInFlight = 8;
  const auto* key = reinterpret_cast<const __m128i*>(keys.bytes);
  __m128i round[11];
  for (int r = 0; r < 11; ++r) round[r] = _mm_load_si128(key + r);
  const __m128i big_endian = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (uint64_t done = 0; done < blocks; done += kInFlight) {
    __m128i state[kInFlight];
#pragma GCC unroll 8
    for (uint64_t i = 0; i < kInFlight; ++i) {
      const __m128i block = _mm_set_epi64x(static_cast<int64_t>(counter.high), static_cast<int64_t>(counter.low + done + i));
      state[i] = _mm_xor_si128(_mm_shuffle_epi8(block, big_endian), round[0]);
    }
#pragma GCC unroll 9
    for (int r = 1; r < 10; ++r) {
#pragma GCC unroll 8
      for (uint64_t i = 0; i < kInFlight; ++i) state[i] = _mm_aesenc_si128(state[i], round[r]);
    }
#pragma GCC unroll 8
    for (uint64_t i = 0; i < kInFlight; ++i) state[i] = _mm_aesenclast_si128(state[i], round[10]);
    if (done + kInFlight <= blocks) {
#pragma GCC unroll 8
      for (uint64_t i = 0; i < kInFlight; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16 * (done + i)), state[i]);
    } else {
      std::memcpy(out + 16 * done, state, 16 * (blocks - done));
    }
  }
}

}  // namespace crypten::aes_ctr
