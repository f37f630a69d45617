// The tile registers that kernels/ring_digits.h computes with, imitated on any CPU. Written from Intel's Software Developer's Manual (volume 2: LDTILECFG,
// TILEZERO, TILELOADD, TILESTORED, TDPBSSD, TDPBSUD, TDPBUSD, TDPBUUD), for tiles of 16 rows × 64 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace crypten::test {

struct ImitatedTiles {
  static constexpr int kTiles = 8, kRows = 16, kBytes = 64;

  struct State {
    bool configured = false, used_unconfigured = false;  // what would be an invalid-opcode exception
    int turns = 0;
    std::byte tiles[kTiles][kRows][kBytes] = {};
  };
  static State& state() {
    thread_local State registers;
    return registers;
  }

  static void configure() { state() = {.configured = true, .used_unconfigured = state().used_unconfigured, .turns = state().turns + 1}; }
  static void release() { state().configured = false; }

  template <int kTile>
  static auto& tile() {
    static_assert(kTile >= 0 && kTile < kTiles);
    state().used_unconfigured |= !state().configured;
    return state().tiles[kTile];
  }
  template <int kTile>
  static void zero() {
    std::memset(tile<kTile>(), 0, kRows * kBytes);
  }
  template <int kTile>
  static void load(const std::byte* from) {
    std::memcpy(tile<kTile>(), from, kRows * kBytes);
  }
  template <int kTile>
  static void store(uint32_t* to) {
    std::memcpy(to, tile<kTile>(), kRows * kBytes);
  }

  // For each row m of C, k < 16 and column n: C[m].dword[n] += the four products of bytes 4k … of A[m] with bytes 4n … of B[k], each byte extended to 32 bits
  // by its signedness; sums wrap.
  template <int kC, int kA, int kB, bool kSignedA, bool kSignedB>
  static void dot() {
    static_assert(kC != kA && kC != kB && kA != kB);  // else: invalid opcode
    const auto& a = tile<kA>();
    const auto& b = tile<kB>();
    auto& c = tile<kC>();
    const auto extend = [](std::byte byte, bool is_signed) -> int32_t { return is_signed ? static_cast<int8_t>(byte) : static_cast<uint8_t>(byte); };
    for (int m = 0; m < kRows; ++m) {
      uint32_t sums[kBytes / 4];
      std::memcpy(sums, c[m], sizeof sums);
      for (int k = 0; k < kBytes / 4; ++k) {
        for (int n = 0; n < kBytes / 4; ++n) {
          for (int q = 0; q < 4; ++q) sums[n] += static_cast<uint32_t>(extend(a[m][4 * k + q], kSignedA) * extend(b[k][4 * n + q], kSignedB));
        }
      }
      std::memcpy(c[m], sums, sizeof sums);
    }
  }
};

}  // namespace crypten::test
