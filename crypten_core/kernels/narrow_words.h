// Numbers of k bits in a row, 1 ≤ k ≤ 64, without gaps: for shares modulo 2^k that travel. Element i takes the bits i·k … i·k + k − 1 of a little-endian string of bytes,
// lowest bit first: eight elements are k bytes. Which bytes are touched depends on k and the number of elements only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crypten {

// Bytes of `count` elements: ceil(count · bits / 8).
constexpr uint64_t narrow_size(uint64_t count, int bits) {
  return count / 8 * static_cast<uint64_t>(bits) + (count % 8 * static_cast<uint64_t>(bits) + 7) / 8;
}

// The low `bits` bits of each word; what is left of the last byte is zero. Throws InvalidArgument: bits outside 1 … 64, out.size() ≠ narrow_size().
void pack_narrow(std::span<const uint64_t> words, int bits, std::span<std::byte> out);

// Elements first … first + out.size() − 1, zero-extended. What lies behind the last element is not looked at.
// Throws InvalidArgument: bits outside 1 … 64, fewer bytes than those elements take.
void unpack_narrow(std::span<const std::byte> packed, int bits, uint64_t first, std::span<uint64_t> out);

}  // namespace crypten
