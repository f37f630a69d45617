// AES-128 without tables and without AES instructions: eight blocks at once as bit planes in 32 words of 32 bits, by XOR, AND and rotations only. No address
// and no branch depends on the key. This is what a GPU runs (cuda/aes_ctr.cu), a thread for eight blocks; the CPU has faster ways (aes_ctr.h) and runs it in
// tests. Why this form: a GPU has neither AES instructions nor a table that 32 lanes could read without conflicts, but 64 logic operations per clock and
// multiprocessor. The rows of the state are words, so MixColumns moves nothing and ShiftRows is three rotations; the state takes 32 registers, so many threads
// fit. Sources: NIST FIPS 197; J. Boyar, R. Peralta, A new combinational logic minimization technique with applications to cryptology, SEA 2010 (S-box of 115
// gates); E. Käsper, P. Schwabe, Faster and timing-attack resistant AES-GCM, CHES 2009 (eight blocks side by side).
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"
#include "crypten_core/kernels/bytes.h"

namespace crypten::aes_bitslice {

inline constexpr int kBlocks = 8;  // of a state
inline constexpr int kRounds = 10;

// planes[b][r] holds bit b of the bytes in row r; its bit 8·c + j belongs to column c of block j.
struct State {
  uint32_t planes[8][4];
};

// Round keys in the same form, each the same for all blocks. 1,408 bytes: small enough for a kernel's arguments.
struct Keys {
  uint32_t planes[kRounds + 1][8][4];
};

// The S-box (FIPS 197, 5.1.1) on 32 bytes at once; q[b]: their bits b.
CRYPTEN_HOST_DEVICE void substitute(uint32_t (&q)[8]) {
  const uint32_t x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4], x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];
  // Into a tower of fields.
  const uint32_t y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14;
  const uint32_t y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12, y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0;
  const uint32_t y11 = y20 ^ y9, y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;
  // The inverse there.
  const uint32_t t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7, t6 = t5 ^ t2, t7 = y13 & y16, t8 = y5 & y1, t9 = t8 ^ t7;
  const uint32_t t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11, t13 = y14 & y17, t14 = t13 ^ t12, t15 = y8 & y10, t16 = t15 ^ t12;
  const uint32_t t17 = t4 ^ t14, t18 = t6 ^ t16, t19 = t9 ^ t14, t20 = t11 ^ t16, t21 = t17 ^ y20, t22 = t18 ^ y19, t23 = t19 ^ y21, t24 = t20 ^ y18;
  const uint32_t t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26, t28 = t25 & t27, t29 = t28 ^ t22, t30 = t23 ^ t24, t31 = t22 ^ t26, t32 = t31 & t30;
  const uint32_t t33 = t32 ^ t24, t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36, t39 = t29 & t38, t40 = t25 ^ t39;
  const uint32_t t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;
  const uint32_t z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7, z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10;
  const uint32_t z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4, z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9, z16 = t45 & y14,
                 z17 = t41 & y8;
  // Back, with the affine map.
  const uint32_t t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5, t52 = z7 ^ z8, t53 = z0 ^ z3, t54 = z6 ^ z7;
  const uint32_t t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53, t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57, t62 = t52 ^ t58,
                 t63 = t49 ^ t58;
  const uint32_t t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63, t67 = t64 ^ t65;
  const uint32_t s3 = t53 ^ t66;
  q[7] = t59 ^ t63, q[6] = ~(t64 ^ s3), q[5] = ~(t55 ^ t67), q[4] = s3;
  q[3] = t51 ^ t66, q[2] = t47 ^ t65, q[1] = ~(t56 ^ t62), q[0] = ~(t48 ^ t60);
}

// SubBytes and ShiftRows: column c of row r comes from column c + r.
CRYPTEN_HOST_DEVICE void substitute_and_shift(State& state) {
  CRYPTEN_UNROLL
  for (int r = 0; r < 4; ++r) {
    uint32_t row[8];
    CRYPTEN_UNROLL
    for (int b = 0; b < 8; ++b) row[b] = state.planes[b][r];
    substitute(row);
    CRYPTEN_UNROLL
    for (int b = 0; b < 8; ++b) state.planes[b][r] = r == 0 ? row[b] : row[b] >> 8 * r | row[b] << (32 - 8 * r);
  }
}

// MixColumns: row r becomes 2·(r + (r+1)) + (r+1) + (r+2) + (r+3), modulo x⁸ + x⁴ + x³ + x + 1.
CRYPTEN_HOST_DEVICE void mix_columns(State& state) {
  State mixed;
  CRYPTEN_UNROLL
  for (int r = 0; r < 4; ++r) {
    uint32_t pair[8];
    CRYPTEN_UNROLL
    for (int b = 0; b < 8; ++b) pair[b] = state.planes[b][r] ^ state.planes[b][(r + 1) % 4];
    CRYPTEN_UNROLL
    for (int b = 0; b < 8; ++b) {
      uint32_t sum = state.planes[b][(r + 1) % 4] ^ state.planes[b][(r + 2) % 4] ^ state.planes[b][(r + 3) % 4];
      if (b > 0) sum ^= pair[b - 1];
      if (b == 0 || b == 1 || b == 3 || b == 4) sum ^= pair[7];
      mixed.planes[b][r] = sum;
    }
  }
  state = mixed;
}

CRYPTEN_HOST_DEVICE void add_key(State& state, const Keys& keys, int round) {
  CRYPTEN_UNROLL
  for (int b = 0; b < 8; ++b) {
    CRYPTEN_UNROLL
    for (int r = 0; r < 4; ++r) state.planes[b][r] ^= keys.planes[round][b][r];
  }
}

CRYPTEN_HOST_DEVICE void encrypt(State& state, const Keys& keys) {
  add_key(state, keys, 0);
  CRYPTEN_ROLLED
  for (int round = 1; round < kRounds; ++round) {
    substitute_and_shift(state);
    mix_columns(state);
    add_key(state, keys, round);
  }
  substitute_and_shift(state);
  add_key(state, keys, kRounds);
}

// Swaps the roles of plane and block: bit 8·c + j of plane b becomes bit 8·c + b of word j. Its own inverse.
CRYPTEN_HOST_DEVICE void exchange_planes_and_blocks(State& state) {
  CRYPTEN_UNROLL
  for (int r = 0; r < 4; ++r) {
    CRYPTEN_UNROLL
    for (int stage = 0; stage < 3; ++stage) {
      const int size = 1 << stage;
      const uint32_t low = stage == 0 ? 0x55555555 : stage == 1 ? 0x33333333 : 0x0f0f0f0f;
      CRYPTEN_UNROLL
      for (int b = 0; b < 8; ++b) {
        if (b & size) continue;
        const uint32_t swap = ((state.planes[b][r] >> size) ^ state.planes[b | size][r]) & low;
        state.planes[b][r] ^= swap << size;
        state.planes[b | size][r] ^= swap;
      }
    }
  }
}

// Eight blocks as they lie in memory, four little-endian words each, into planes and back.
CRYPTEN_HOST_DEVICE void load(State& state, const uint32_t (&blocks)[kBlocks][4]) {
  CRYPTEN_UNROLL
  for (int j = 0; j < kBlocks; ++j) {
    CRYPTEN_UNROLL
    for (int w = 0; w < 4; ++w) state.planes[j][w] = blocks[j][w];
    transpose_bytes(state.planes[j][0], state.planes[j][1], state.planes[j][2], state.planes[j][3]);
  }
  exchange_planes_and_blocks(state);
}
CRYPTEN_HOST_DEVICE void store(State state, uint32_t (&blocks)[kBlocks][4]) {
  exchange_planes_and_blocks(state);
  CRYPTEN_UNROLL
  for (int j = 0; j < kBlocks; ++j) {
    transpose_bytes(state.planes[j][0], state.planes[j][1], state.planes[j][2], state.planes[j][3]);
    CRYPTEN_UNROLL
    for (int w = 0; w < 4; ++w) blocks[j][w] = state.planes[j][w];
  }
}

// Streams are cut into chunks of 256 blocks: thread `lane` of 32 makes blocks 256·chunk + 32·j + lane, j < 8, so that what 32 threads store together lies
// together.
inline constexpr int kLanes = 32;
inline constexpr uint64_t kChunkBlocks = uint64_t{kBlocks} * kLanes;
inline constexpr uint64_t kChunkWords = 2 * kChunkBlocks;

// The counter blocks of a thread: 64 zero bits, then the block's number, both big endian. They differ in bits 5 … 7 of the last byte only, so no planes need be
// transposed.
CRYPTEN_HOST_DEVICE void load_counters(State& state, uint64_t chunk, uint32_t lane) {
  const uint64_t first = chunk * kChunkBlocks + lane;
  const auto high = static_cast<uint32_t>(first >> 32), low = static_cast<uint32_t>(first);
  CRYPTEN_UNROLL
  for (int b = 0; b < 8; ++b) {
    CRYPTEN_UNROLL
    for (int r = 0; r < 4; ++r) {
      const int bit = 24 - 8 * r + b;  // of the half that column 2 or 3 holds
      state.planes[b][r] = ((0u - (high >> bit & 1)) & 0x00ff0000) | ((0u - (low >> bit & 1)) & 0xff000000);
    }
  }
  state.planes[5][3] |= 0xaa000000;  // j = 1, 3, 5, 7
  state.planes[6][3] |= 0xcc000000;  // j = 2, 3, 6, 7
  state.planes[7][3] |= 0xf0000000;  // j = 4 … 7
}

// The share of one thread in out[i] = word(position + i), i < count: the words of its blocks that are asked for. `out` may lie anywhere.
CRYPTEN_HOST_DEVICE void fill(const Keys& keys, uint64_t chunk, uint32_t lane, uint64_t position, uint64_t count, uint64_t* out) {
  State state;
  load_counters(state, chunk, lane);
  encrypt(state, keys);
  uint32_t blocks[kBlocks][4];
  store(state, blocks);
  CRYPTEN_UNROLL
  for (int j = 0; j < kBlocks; ++j) {
    const uint64_t word = 2 * (chunk * kChunkBlocks + kLanes * static_cast<uint64_t>(j) + lane);
    const uint64_t first = blocks[j][0] | uint64_t{blocks[j][1]} << 32, second = blocks[j][2] | uint64_t{blocks[j][3]} << 32;
    const uint64_t i = word - position;  // beyond `count` also where the word lies before `position`
#ifdef __CUDA_ARCH__
    if (i < count && i + 1 < count && reinterpret_cast<uintptr_t>(out + i) % 16 == 0) {
      *reinterpret_cast<ulonglong2*>(out + i) = make_ulonglong2(first, second);
      continue;
    }
#endif
    if (i < count) out[i] = first;
    if (i + 1 < count) out[i + 1] = second;
  }
}

// Chunks that hold words position … position + count − 1, count ≥ 1: the first, and how many.
CRYPTEN_HOST_DEVICE uint64_t first_chunk(uint64_t position) { return position / kChunkWords; }
CRYPTEN_HOST_DEVICE uint64_t chunk_count(uint64_t position, uint64_t count) { return (position + count - 1) / kChunkWords - first_chunk(position) + 1; }

// FIPS 197, 5.2, by the same S-box: no table here either. The caller wipes `keys`.
inline void expand(const uint8_t* key, Keys& keys) {
  uint8_t bytes[kRounds + 1][16];
  for (int i = 0; i < 16; ++i) bytes[0][i] = key[i];
  uint32_t constant = 1;
  for (int round = 1; round <= kRounds; ++round) {
    uint32_t planes[8] = {};
    const uint8_t* const before = bytes[round - 1];
    for (int i = 0; i < 4; ++i) {  // the last word, rotated
      for (int b = 0; b < 8; ++b) planes[b] |= static_cast<uint32_t>(before[12 + (i + 1) % 4] >> b & 1) << i;
    }
    substitute(planes);
    for (int i = 0; i < 4; ++i) {
      uint32_t byte = i == 0 ? constant : 0;
      for (int b = 0; b < 8; ++b) byte ^= (planes[b] >> i & 1) << b;
      bytes[round][i] = static_cast<uint8_t>(before[i] ^ byte);
    }
    for (int i = 4; i < 16; ++i) bytes[round][i] = static_cast<uint8_t>(before[i] ^ bytes[round][i - 4]);
    constant = constant << 1 ^ (constant >> 7) * 0x11b;
  }
  for (int round = 0; round <= kRounds; ++round) {
    for (int b = 0; b < 8; ++b) {
      for (int r = 0; r < 4; ++r) {
        uint32_t plane = 0;
        for (int c = 0; c < 4; ++c) plane |= (0u - (bytes[round][4 * c + r] >> b & 1u)) & (0xffu << 8 * c);
        keys.planes[round][b][r] = plane;
      }
    }
  }
  volatile uint8_t* const wiped = &bytes[0][0];
  for (int i = 0; i < (kRounds + 1) * 16; ++i) wiped[i] = 0;
}

}  // namespace crypten::aes_bitslice
