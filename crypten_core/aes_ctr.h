// The block function behind AesStream: AES-128 in counter mode, on the widest instructions that this CPU has. All paths give the same bytes.
// Source: NIST FIPS 197 (AES), SP 800-38A (CTR).
#pragma once

#include <cstdint>
#include <span>

namespace crypten::aes_ctr {

enum class Path { portable, aesni, vaes, vaes512 };  // OpenSSL; one, two and four blocks per instruction

bool available(Path path);
Path fastest();  // of what CRYPTEN_KERNELS allows: portable asks for OpenSSL, avx2 for at most two blocks

// Round key 0 is the key itself; the others are filled only where the CPU has AES instructions (OpenSSL expands on its own).
struct RoundKeys {
  alignas(16) uint8_t bytes[11 * 16];
};
void expand(std::span<const uint8_t, 16> key, RoundKeys& keys);

// The counter block is high || low, both big endian. low + number of blocks must not exceed 2^64.
struct Counter {
  uint64_t high = 0, low = 0;
};

// Fills out (a multiple of 16 bytes, any alignment) with the key stream from `counter` on.
void generate(Path path, const RoundKeys& keys, Counter counter, std::span<uint8_t> out);

// One function per path; `blocks` blocks of 16 bytes.
void generate_portable(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks);
void generate_aesni(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks);
void generate_vaes(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks);
void generate_vaes512(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks);
void expand_aesni(const uint8_t* key, RoundKeys& keys);

}  // namespace crypten::aes_ctr
