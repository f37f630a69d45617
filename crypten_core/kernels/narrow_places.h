// Where the elements of a group lie (kernels/narrow_groups.h), as registers want to know it: an element comes to its word as whole bytes, with the bits before it in its first
// byte, which are shifted out. No tensors. In an anonymous namespace, since each including source compiles it with its own instructions.
#pragma once

#include <cstdint>

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

constexpr int narrow_byte(int element, int bits) { return element * bits / 8; }   // in which an element begins, of its group
constexpr int narrow_shift(int element, int bits) { return element * bits % 8; }  // bits before it in that byte
constexpr uint64_t narrow_mask(int bits) { return ~uint64_t{0} >> (64 - bits); }

// Each element lies in eight bytes from its first one on: not all do that have so many bits and begin anywhere in a byte.
constexpr bool narrow_in_words(int bits) { return bits <= 58 || bits == 60 || bits == 64; }

}  // namespace
}  // namespace crypten
