// Bit planes in the form in which they travel (kernels/bit_slice.h), made and read where the planes lie: on the CPU, or on a device for which cuda/ registered
// it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

// int64 [ceil(packed_size(n, P) / 8)]: those bytes, and zeros behind them. planes: [T, P, 8], any strides. Throws InvalidArgument (160): planes of another
// form.
at::Tensor pack_planes(const at::Tensor& planes, int64_t n);
// Dense planes from such words, contiguous; bits of elements beyond n are cleared. Throws InvalidArgument (160): another number of words, not contiguous.
at::Tensor unpack_planes(const at::Tensor& words, int64_t n, int64_t planes);

void check_packed(const at::Tensor& words, int64_t n, int64_t planes);

}  // namespace crypten
