// Words of a stream as a tensor, made where the tensor lies.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "crypten_core/prg.h"

namespace crypten {

// words[i] = word position + i, for all elements of a contiguous int64 tensor. On a device other than the CPU an AesStream is expanded by the device itself
// (device_streams.h); any other source, as tests have, on the CPU and copied. Throws InvalidArgument: another type or not contiguous, the end of the stream, an
// AesStream on a device for which no kernel is registered.
void fill_words(const WordSource& stream, at::Tensor& words, uint64_t position);

}  // namespace crypten
