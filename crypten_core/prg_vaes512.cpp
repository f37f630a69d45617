// AES-128-CTR with four blocks per instruction, 32 blocks in flight.
#include <immintrin.h>

#include <cstring>

#include "crypten_core/aes_ctr.h"

namespace crypten::aes_ctr {

void generate_vaes512(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks) {
  constexpr int kRegisters = 8;
  constexpr uint64_t kInFlight = 4 * kRegisters;
  __m512i round[11];
  for (int r = 0; r < 11; ++r) round[r] = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(keys.bytes) + r));
  const __m512i big_endian = _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  const auto high = static_cast<int64_t>(counter.high), low = static_cast<int64_t>(counter.low);
  __m512i next = _mm512_add_epi64(_mm512_set_epi64(high, low, high, low, high, low, high, low), _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
  const __m512i four = _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);

  const auto batch = [&](__m512i * state) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) {
      state[i] = _mm512_xor_si512(_mm512_shuffle_epi8(next, big_endian), round[0]);
      next = _mm512_add_epi64(next, four);
    }
#pragma GCC unroll 9
    for (int r = 1; r < 10; ++r) {
#pragma GCC unroll 8
      for (int i = 0; i < kRegisters; ++i) state[i] = _mm512_aesenc_epi128(state[i], round[r]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) state[i] = _mm512_aesenclast_epi128(state[i], round[10]);
  };

  __m512i state[kRegisters];
  uint64_t done = 0;
  for (; done + kInFlight <= blocks; done += kInFlight) {
    batch(state);
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) _mm512_storeu_si512(out + 16 * done + 64 * i, state[i]);
  }
  if (done < blocks) {
    batch(state);
    std::memcpy(out + 16 * done, state, 16 * (blocks - done));
  }
}

}  // namespace crypten::aes_ctr
