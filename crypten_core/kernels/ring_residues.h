// Products mod 2^64 by remainders: the arithmetic and the layouts of cuda/ring_residues.cu, so that tests can take its steps on the CPU.
//
// A sum S = Σ a·b of signed words is at most length · 2^126 in magnitude. Whoever knows S modulo 18 pairwise coprime numbers of at most 8 bits knows it modulo
// their product, M ≈ 2^140.5, so S itself, as long as |S| < M/2 (Chinese remainders), and therefore S mod 2^64. A remainder between −128 and 127 is one signed
// byte, and S modulo m is a product of matrices of such bytes: 18 of them, where digits of 8 bits take 36 (kernels/ring_tile.h). This is how K. Ozaki,
// Y. Uchino and T. Imamura multiply floating-point matrices ("Ozaki Scheme II", 2025); a ring needs no rounding.
//
// Where all words of one operand are known to be signed numbers of b bits, |S| is at most length · 2^(62 + b), and the first n of the moduli do, M their product:
// 12 of them for 16 bits and 2,000 steps. Everything below that depends on M therefore depends on n.
//
//   S = Σ c_i · M/m_i − q · M,   c_i = S · (M/m_i)⁻¹ mod m_i (the inverse is multiplied into the left operand),   q = Σ c_i/m_i rounded to the nearest integer
#pragma once

#include <cstdint>

#include "crypten_core/host_device.h"

namespace crypten::ring_residues {

inline constexpr int kModuli = 18;
inline constexpr uint32_t kModulus[kModuli] = {256, 255, 253, 251, 247, 241, 239, 233, 229, 227, 223, 217, 211, 199, 197, 193, 191, 181};
inline constexpr int64_t kMostLength = 11136;  // of a sum of words of 64 bits; longer ones are cut into pieces, whose results are added mod 2^64

constexpr bool coprime(uint32_t a, uint32_t b) { return b == 0 ? a == 1 : coprime(b, a % b); }
constexpr bool pairwise_coprime() {
  for (int i = 0; i < kModuli; ++i)
    for (int j = 0; j < i; ++j)
      if (!coprime(kModulus[i], kModulus[j])) return false;
  return true;
}
static_assert(pairwise_coprime());
static_assert(kMostLength * 128 * 128 < 1 << 28, "sums of products of remainders lie below 2^28 (reduce())");

// What rounding down takes from the fractions of n coefficients is between 0 and n · 255 of 2^24; so much of it is given back.
constexpr uint32_t half_loss(int n) { return static_cast<uint32_t>(n) * 255 / 2; }

// Steps of a sum that the first n moduli can tell, where the words of one operand are signed numbers of `bits` bits, 1 … 64: |S|/M may reach 1/2 less what is
// still uncertain of the fractions. Doubles are exact enough: what they round is below 2^-48 of it.
constexpr int64_t most_steps(int n, int bits) {
  double steps = 0.5 - (half_loss(n) + 1) / double{1 << 24};
  for (int i = 0; i < n; ++i) steps *= kModulus[i];
  for (int i = 0; i < 62 + bits; ++i) steps /= 2;
  const auto most = static_cast<double>(kMostLength);
  return static_cast<int64_t>((1 - 0x1p-48) * (steps < most + 1 ? steps : most + 1));
}
static_assert(most_steps(kModuli, 64) >= kMostLength);

// The fewest moduli for sums of `steps` ≤ kMostLength.
constexpr int moduli_for(int64_t steps, int bits) {
  int n = 1;
  while (most_steps(n, bits) < steps) ++n;
  return n;
}

// --- words to remainders

struct Splitter {
  struct Modulus {
    uint32_t low, high;   // 256^j · scale mod m for the eight bytes of a word
    uint32_t offset;      // (m / 2) − 2^63 · scale mod m
    uint32_t reciprocal;  // 2^32 / m rounded up
    uint32_t modulus;
  };
  Modulus of[kModuli];
};

// (M/m_i)⁻¹ mod m_i, of n moduli.
constexpr uint32_t inverse_of_cofactor(int n, int i) {
  uint32_t cofactor = 1, inverse = 1;
  for (int j = 0; j < n; ++j)
    if (j != i) cofactor = cofactor * kModulus[j] % kModulus[i];
  while (cofactor * inverse % kModulus[i] != 1) ++inverse;
  return inverse;
}

// `left`: remainders of a word times (M/m)⁻¹.
constexpr Splitter splitter(int n, bool left) {
  Splitter result{};
  for (int i = 0; i < n; ++i) {
    const uint32_t m = kModulus[i], scale = left ? inverse_of_cofactor(n, i) : 1;
    auto& of = result.of[i];
    uint32_t power = scale;
    for (int j = 0; j < 8; ++j, power = power * 256 % m) (j < 4 ? of.low : of.high) |= power << 8 * (j % 4);
    const uint32_t top = (uint64_t{1} << 63) % m * scale % m;
    of.offset = m / 2 + (m - top) % m;
    of.reciprocal = static_cast<uint32_t>(((uint64_t{1} << 32) + m - 1) / m);
    of.modulus = m;
  }
  return result;
}

CRYPTEN_HOST_DEVICE uint32_t high_product(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }

// Σ of the products of four unsigned bytes, and c. One instruction on a GPU.
CRYPTEN_HOST_DEVICE uint32_t dot_bytes(uint32_t a, uint32_t b, uint32_t c) {
#ifdef __CUDA_ARCH__
  return __dp4a(a, b, c);
#else
  for (int i = 0; i < 32; i += 8) c += (a >> i & 0xff) * (b >> i & 0xff);
  return c;
#endif
}

// A word as the sum of its unsigned bytes less 2^63, so that no step depends on its sign.
CRYPTEN_HOST_DEVICE uint64_t without_sign(uint64_t word) {
  return word ^ uint64_t { 1 } << 63;
}

// The remainder as a signed byte, from −(m/2) on; of a word as without_sign() gives it. The dot product is below 2^20, where the quotient is exact.
CRYPTEN_HOST_DEVICE uint32_t remainder_byte(uint64_t word, const Splitter::Modulus& of) {
  const uint32_t value = dot_bytes(static_cast<uint32_t>(word), of.low, dot_bytes(static_cast<uint32_t>(word >> 32), of.high, of.offset));
  return (value - high_product(value, of.reciprocal) * of.modulus - of.modulus / 2) & 0xff;
}

// --- sums of products to coefficients c_i

struct Reducer {
  uint32_t modulus, reciprocal, lift;  // 2^32 / m rounded down; a multiple of m that makes every sum positive
};
struct Reducers {
  Reducer of[kModuli];
};
constexpr Reducers reducers() {
  Reducers result{};
  for (int i = 0; i < kModuli; ++i)
    result.of[i] = {kModulus[i], static_cast<uint32_t>((uint64_t{1} << 32) / kModulus[i]), ((1U << 28) / kModulus[i] + 1) * kModulus[i]};
  return result;
}

// The sum mod m, 0 … m − 1. The lifted sum is below 2^29, so the quotient is at most one too small.
CRYPTEN_HOST_DEVICE uint32_t reduce(int32_t sum, const Reducer& by) {
  const uint32_t lifted = static_cast<uint32_t>(sum) + by.lift, rest = lifted - high_product(lifted, by.reciprocal) * by.modulus;
  const uint32_t less = rest - by.modulus;
  return rest < less ? rest : less;
}

// --- coefficients to words

struct Weights {
  uint64_t weight[kModuli];    // M/m_i mod 2^64
  uint32_t fraction[kModuli];  // 2^24 / m_i rounded down
  uint64_t whole;              // M mod 2^64
  uint32_t half;               // of fractions, and half of what they may have lost
};
constexpr Weights weights(int n) {
  Weights result{};
  result.whole = 1;
  result.half = (1U << 23) + half_loss(n);
  for (int i = 0; i < n; ++i) {
    result.whole *= kModulus[i];
    result.fraction[i] = (1U << 24) / kModulus[i];
    result.weight[i] = 1;
    for (int j = 0; j < n; ++j)
      if (j != i) result.weight[i] *= kModulus[j];
  }
  return result;
}

struct Total {
  uint64_t sum = 0;
  uint32_t fractions = 0;  // of 24 bits

  CRYPTEN_HOST_DEVICE void add(uint32_t coefficient, uint64_t weight, uint32_t fraction) { sum += coefficient * weight, fractions += coefficient * fraction; }
  CRYPTEN_HOST_DEVICE uint64_t word(const Weights& of) const { return sum - ((fractions + of.half) >> 24) * of.whole; }
};

// --- layouts

// A block multiplies 192 lines of the left operand by 256 of the right one, modulo one m; each of its three warpgroups 64 by 256, in steps of 128 of the sum.
inline constexpr int kLeftLines = 192, kRightLines = 256, kStep = 128, kBlockThreads = 384, kGroupThreads = 128, kGroupLines = 64;
static_assert(kLeftLines == kBlockThreads / kGroupThreads * kGroupLines);
inline constexpr int kSums = kGroupLines * kRightLines / kGroupThreads;  // of a thread
inline constexpr int kChunk = 16, kChunks = kStep / kChunk;              // bytes that lie together
inline constexpr int kTileBytes = kLeftLines * kRightLines;              // of a block's coefficients, which are bytes
constexpr int image_bytes(int lines) { return lines * kStep; }

// Where byte k of a line lies in the image of a step: in shared memory, and before that in the device's, so that a step is one copy. These are the core
// matrices of wgmma without swizzling, for operands whose summed dimension is the contiguous one ("K-major"; PTX ISA, "Asynchronous Warpgroup Level Matrix
// Shared Memory Layout"): 8 lines of 16 bytes are 128 contiguous bytes; the next 16 bytes of those lines follow 128 bytes further (the leading dimension's byte
// offset), the next 8 lines 1024 bytes further (the stride dimension's).
inline constexpr int kLeadingOffset = 8 * kChunk, kStrideOffset = kLeadingOffset * kChunks;
CRYPTEN_HOST_DEVICE int image_place(int line, int k) { return line / 8 * kStrideOffset + k / kChunk * kLeadingOffset + line % 8 * kChunk + k % kChunk; }
// One instruction sums over 32 bytes of each line, two chunks.
inline constexpr int kInstructionSteps = 32, kInstructions = kStep / kInstructionSteps, kInstructionOffset = kInstructionSteps / kChunk * kLeadingOffset;

// The matrix descriptor of wgmma (PTX ISA, "Matrix Descriptor Format"): bits 0–13 the address in shared memory, 16–29 the leading dimension's byte offset,
// 32–45 the stride dimension's, all without their lowest four bits; 49–51 zero; 62–63 zero: no swizzling.
CRYPTEN_HOST_DEVICE uint64_t descriptor(uint32_t address) {
  return (address & 0x3ffff) >> 4 | uint64_t{kLeadingOffset >> 4} << 16 | uint64_t{kStrideOffset >> 4} << 32;
}

// Of accumulator i of a thread of a warpgroup in its 64 × 256 sums (PTX ISA, "Matrix Fragments for wgmma.mma_async.m64nNk32", accumulator D).
CRYPTEN_HOST_DEVICE int sum_row(int thread, int i) { return thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8; }
CRYPTEN_HOST_DEVICE int sum_column(int thread, int i) { return i / 4 * 8 + thread % 4 * 2 + i % 2; }

// --- plan

// What is multiplied at once; a larger product is cut into such parts, so that remainders and what comes of them (bytes()) stay within a budget where they can.
struct Plan {
  int64_t row_tiles, column_tiles, steps, products;
  int64_t sum_size;  // bytes kept of a sum modulo one number: 1 of a coefficient, 4 of what is not reduced yet
  int moduli;

  CRYPTEN_HOST_DEVICE int64_t left_bytes() const { return products * moduli * row_tiles * steps * image_bytes(kLeftLines); }
  CRYPTEN_HOST_DEVICE int64_t right_bytes() const { return products * moduli * column_tiles * steps * image_bytes(kRightLines); }
  CRYPTEN_HOST_DEVICE int64_t sum_bytes() const { return products * moduli * row_tiles * column_tiles * kTileBytes * sum_size; }
  CRYPTEN_HOST_DEVICE int64_t bytes() const { return left_bytes() + right_bytes() + sum_bytes(); }

  CRYPTEN_HOST_DEVICE static int64_t tiles(int64_t lines, int64_t of) { return (lines + of - 1) / of; }
  // Steps of a piece of a sum.
  CRYPTEN_HOST_DEVICE static int64_t piece(int64_t length) { return tiles(length, tiles(length, kMostLength)); }
  // `bits`: of the narrower operand's words.
  static Plan of(int64_t rows, int64_t columns, int64_t length, int64_t products, int bits, int64_t sum_size, int64_t budget) {
    const int64_t steps = tiles(piece(length), kStep);
    Plan plan{tiles(rows, kLeftLines), tiles(columns, kRightLines), steps, products, sum_size, moduli_for(steps * kStep, bits)};
    while (plan.bytes() > budget) {
      int64_t& largest = plan.products > 1 ? plan.products : plan.row_tiles * kLeftLines > plan.column_tiles * kRightLines ? plan.row_tiles : plan.column_tiles;
      if (largest == 1 && plan.row_tiles == 1) break;
      int64_t& halved = largest == 1 ? plan.row_tiles : largest;
      halved = (halved + 1) / 2;
    }
    return plan;
  }
};

// Whether a product is large enough in all three dimensions: a cube of 3 · least and more is. Splitting and putting together move about 26 bytes for each word
// of operands and result, so they cost what some hundred steps of a sum do.
CRYPTEN_HOST_DEVICE bool as_large_as(double least, int64_t rows, int64_t columns, int64_t length) {
  return 1 / least >= 1.0 / static_cast<double>(rows) + 1.0 / static_cast<double>(columns) + 1.0 / static_cast<double>(length);
}

// A block's place: neighbours share columns, then the modulus, so that what they read is in the cache.
struct Place {
  int64_t row_tile, column_tile, modulus, product;
  CRYPTEN_HOST_DEVICE static Place of(const Plan& plan, int64_t number) {
    Place place{};
    place.row_tile = number % plan.row_tiles, number /= plan.row_tiles;
    place.column_tile = number % plan.column_tiles, number /= plan.column_tiles;
    place.modulus = number % plan.moduli, place.product = number / plan.moduli;
    return place;
  }
};

}  // namespace crypten::ring_residues
