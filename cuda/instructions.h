// What CUDA's C++ has no portable words for. The tests put another header in this one's place (tests/cuda/emulation/include).
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace crypten::cuda {

// sums += a · b: 16 × 32 by 32 × 8 unsigned bytes, by the 32 threads of a warp together. Who holds what: PTX ISA, "Matrix Fragments for mma.m16n8k32".
__device__ __forceinline__ void multiply_digits(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.u8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// The same for an A of signed bytes.
__device__ __forceinline__ void multiply_signed_digits(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// The memory that the threads of a block share, of the size that the launch gave.
__device__ __forceinline__ uint32_t* shared_words() {
  extern __shared__ __align__(16) uint32_t words[];
  return words;
}

}  // namespace crypten::cuda
