// The library's torch operators, called by device: CPU kernels directly, others through torch's dispatcher, where cuda/ registers its own
// (schemas: register.cpp). All take int64 tensors. Throws InvalidArgument: other types, operands on different devices, a device without a
// kernel.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "crypten_core/bilinear.h"
#include "crypten_core/lazy_words.h"

namespace crypten::operators {

at::Tensor matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known = {});
at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known = {});

// kernels/elementwise.h, with torch's broadcasting; the result is contiguous. Words that are not there (lazy_words.h) are made block by
// block, as they are read.
at::Tensor multiply_combine(const LazyWords& x, const LazyWords& y, const LazyWords& lambda, const LazyWords& mu, const LazyWords& product,
                            bool add_public);
at::Tensor truncate_combine(const LazyWords& opened, const LazyWords& high, const LazyWords& top, int64_t shift, int64_t bits,
                            bool add_public);
at::Tensor truncated(const at::Tensor& opened, int64_t shift, int64_t bits);  // the public parts of that, [2, …]: the value, and what the top bit is multiplied by
at::Tensor sum(const std::vector<at::Tensor>& parts);  // of one shape, at least one: the shares of all parties

// Elements of `bits` bits each, 1 … 64, in `sizes`, zero-extended: element i lies at bits i · bits … of the string of bits that the words are, lowest first
// (kernels/narrow_words.h). words: contiguous; what lies behind the last element is not looked at.
at::Tensor unpack_narrow(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes);

// A share of a series of an opened angle (kernels/series_lanes.h): angles of any sizes, which are the result's; shares [2·H, …]; terms [3, H]. All contiguous.
at::Tensor series_sum(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down, int64_t constant);

// Sums of powers of an opened number (kernels/power_lanes.h): opened: n elements; tables: own shares, 2^h tensors of n; factors [F, 4]: group, digit, mantissa and exponent of a power, in the
// order of groups. [groups, n]. All contiguous.
at::Tensor power_sums(const at::Tensor& opened, const std::vector<at::Tensor>& tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope, int64_t groups);

}  // namespace crypten::operators
