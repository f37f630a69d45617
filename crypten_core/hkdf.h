// HKDF with SHA-256 (RFC 5869): extract, then expand, up to 8160 bytes of output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crypten {

void hkdf_sha256(std::span<uint8_t> out, std::span<const uint8_t> secret, std::span<const std::byte> salt, std::span<const std::byte> info);

}  // namespace crypten
