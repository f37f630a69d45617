// Fixed point: reals as integers times 2^-fraction_bits, in Z/2^64 (two's complement).
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "crypten_core/ring_tensor.h"

namespace crypten {

// round(x · 2^fraction_bits), ties to even. Integers and booleans are converted exactly.
// Throws InvalidArgument: NaN, infinity, |x · 2^fraction_bits| > 2^62, complex or quantised dtype; names the first bad element's index, never a value.
RingTensor encode(const at::Tensor& reals, int fraction_bits);

// The same of public numbers, and in how many bits all the words are signed numbers (two's complement): 1 … 64, at most one more than the fewest. The one number
// that the host waits for on a device, the largest magnitude, tells that and whether the ring holds them all.
struct PublicWords {
  RingTensor words;
  int bits = 64;
};
PublicWords encode_public(const at::Tensor& reals, int fraction_bits);

// words · 2^-fraction_bits as float32, or float64 on request; with fraction_bits = 0 and no dtype: int64, as in CrypTen.
at::Tensor decode(const RingTensor& words, int fraction_bits, std::optional<at::ScalarType> dtype = std::nullopt);

}  // namespace crypten
