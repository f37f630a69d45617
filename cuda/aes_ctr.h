// Streams of words (crypten_core/prg.h) by bit-sliced AES (crypten_core/aes_bitslice.h): no table, no address and no branch that depends on the key.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "crypten_core/aes_bitslice.h"

namespace crypten::cuda {

// out[i] = word position + i of the stream, i < count. The keys travel as an argument of the kernel: they lie in the device's constant memory until later
// launches overwrite them.
cudaError_t fill(const aes_bitslice::Keys& keys, uint64_t position, uint64_t* out, uint64_t count, cudaStream_t stream);

}  // namespace crypten::cuda
