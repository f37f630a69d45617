// Bit slices: N elements as packed bit planes, so that one machine word works on 64 elements at once.
// Layout: elements lie in tiles of 512; a tensor of P planes is int64 [T, P, 8] with T = ceil(N / 512). Bit j of word w of plane p in tile
// t belongs to element 512·t + 64·w + j. Unused lanes of the last tile are zero in everything that these functions return. On the wire: for
// each tile, plane by plane, ceil(elements of the tile / 8) bytes, little endian: a full tile travels as it lies in memory.
// Slicing runs where the tensor lies, on the CPU or on a device for which cuda/ registered it; packing is for the wire and takes CPU tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace crypten {

inline constexpr int64_t kTileElements = 512;
inline constexpr int64_t kTileWords = kTileElements / 64;

constexpr int64_t tile_count(int64_t n) { return (n + kTileElements - 1) / kTileElements; }

// Plane p holds bit first_bit + p of every element, p < count. words: int64, contiguous, any shape; N = words.numel().
// Throws InvalidArgument: bits outside 0 … 63, another dtype, not contiguous, a device without this kernel.
at::Tensor slice_bits(const at::Tensor& words, int first_bit, int count);

// int64 [n]: the sum of plane p shifted to bit first_bit + p. planes: [T, P, 8] with T = tile_count(n), any strides.
at::Tensor unslice_bits(const at::Tensor& planes, int64_t n, int first_bit);

// int64 [n] of 0 and 1 from one plane: [T, 1, 8] or [T, 8], any strides.
at::Tensor bit_to_words(const at::Tensor& plane, int64_t n);

// The wire form of `planes` planes of n elements, in bytes.
int64_t packed_size(int64_t n, int64_t planes);
void pack(const at::Tensor& planes, int64_t n, std::span<std::byte> out);         // out.size() = packed_size(n, planes.size(1))
at::Tensor unpack(std::span<const std::byte> packed, int64_t n, int64_t planes);  // lanes that a peer set beyond n are cleared

// The same where the planes lie, contiguous: only the last tile's are moved together, and apart again. The wire form is the first packed_size() bytes of them.
std::span<std::byte> pack_in_place(const at::Tensor& planes, int64_t n);
void unpack_in_place(const at::Tensor& planes, int64_t n);

}  // namespace crypten
