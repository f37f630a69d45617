// Tiles of Intel's AMX. Compiled everywhere, run only where CPUID has AMX-INT8 and Linux gives the process its tile registers (dispatch.cpp).
#include "crypten_core/kernels/ring_digits.h"

namespace crypten {
namespace {

// In assembly, since GCC's intrinsics take the number of a register only as it is written in the source.
struct AmxTiles {
  static void configure() {
    struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } shapes;
    asm volatile("ldtilecfg %0" ::"m"(shapes));
  }
  static void release() { asm volatile("tilerelease"); }

  template <int kTile>
  static void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  template <int kTile>
  static void load(const std::byte* from) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(kDigitsStep), "i"(kTile) : "memory");
  }
  template <int kTile>
  static void store(uint32_t* to) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(kDigitsStep), "i"(kTile) : "memory");
  }
  template <int kC, int kA, int kB, bool kSignedA, bool kSignedB>
  static void dot() {
    if constexpr (kSignedA && kSignedB) {
      asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
    } else if constexpr (kSignedA) {
      asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
    } else if constexpr (kSignedB) {
      asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
    } else {
      asm volatile("tdpbuud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
    }
  }
};

// How many products may be computed for one that is wanted before words are faster. An estimate from what the instructions could do at best, on Intel's CPUs
// five times as much with tiles as with vpmullq, less what splitting and joining digits costs.
constexpr int64_t kMostZeros = 2;

}  // namespace

extern const RingKernels kRingKernelsAmx = DigitKernels<AmxTiles, kRingKernelsAvx512, kMostZeros>::kKernels<8, 8>;

}  // namespace crypten
