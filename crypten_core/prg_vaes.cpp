// AES-128-CTR with two blocks per instruction, sixteen blocks in flight.
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "crypten_core/aes_ctr.h"

namespace crypten::aes_ctr {

void generate_vaes(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks) {
  constexpr int kRegisters = 8;
  constexpr uint64_t kInFlight = 2 * kRegisters;
  __m256i round[11];
  for (int r = 0; r < 11; ++r) round[r] = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(keys.bytes) + r));
  const __m256i big_endian = _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  const auto high = static_cast<int64_t>(counter.high), low = static_cast<int64_t>(counter.low);
  __m256i next = _mm256_add_epi64(_mm256_set_epi64x(high, low, high, low), _mm256_set_epi64x(0, 1, 0, 0));
  const __m256i two = _mm256_set_epi64x(0, 2, 0, 2);

  const auto batch = [&](__m256i * state) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) {
      state[i] = _mm256_xor_si256(_mm256_shuffle_epi8(next, big_endian), round[0]);
      next = _mm256_add_epi64(next, two);
    }
#pragma GCC unroll 9
    for (int r = 1; r < 10; ++r) {
#pragma GCC unroll 8
      for (int i = 0; i < kRegisters; ++i) state[i] = _mm256_aesenc_epi128(state[i], round[r]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) state[i] = _mm256_aesenclast_epi128(state[i], round[10]);
  };

  __m256i state[kRegisters];
  uint64_t done = 0;
  for (; done + kInFlight <= blocks; done += kInFlight) {
    batch(state);
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 16 * done + 32 * i), state[i]);
  }
  if (done < blocks) {
    batch(state);
    std::memcpy(out + 16 * done, state, 16 * (blocks - done));
  }
}

}  // namespace crypten::aes_ctr
