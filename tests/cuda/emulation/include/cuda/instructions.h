// In place of cuda/instructions.h: the matrix instruction as the PTX ISA specifies it, and a block's shared memory.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "tests/cuda/emulation/matrix_instruction.h"

namespace crypten::cuda {

inline void multiply_digits(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { emulation::multiply_bytes(sums, a, b, false); }
inline void multiply_signed_digits(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { emulation::multiply_bytes(sums, a, b, true); }

inline uint32_t* shared_words() { return static_cast<uint32_t*>(::emulation::shared_memory()); }

}  // namespace crypten::cuda
