// Of a public number, cut into chunks, and one-hot tables of another one's chunks in XOR shares: the planes in which a size class looks up
// (mpc/protocol/class_tree.h). On the CPU, or on a device for which cuda/ registered them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

struct DigitTables {
  at::Tensor values;   // [tiles, chunks · 2^c, 8]: where a chunk's digit has each value
  at::Tensor derived;  // [tiles, chunks · (2^(c+1) − 2), 8]: [u >> k = w] for k = 0 … c − 1 and all w
  at::Tensor flags;    // [tiles, chunks · 4, 8]: the digit is 0; is not; is all ones; is not
};

// digits: planes of the number from its lowest bit on, [tiles, chunks · c, 8]; tables: own shares, of each chunk 2^c − 1 planes, which with the last one XOR
// to 1. `holds_one`: this party's share of 1 is 1. Throws InvalidArgument (160, 124): another form, chunks of other than 1 … 7 bits, operands on different
// devices, a device without this kernel.
DigitTables digit_tables(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits, bool holds_one);
void check_digit_tables(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits);

}  // namespace crypten
