// Pseudo-random streams: AES-128 in counter mode, named by derived keys, random access by word position.
// Word i of a stream is bytes 8i … 8i+7 (little endian) of AES-128-CTR with the stream's key, the 128-bit big-endian block counter starting at 0.
// Sources: NIST SP 800-38A (CTR, test vectors F.5), RFC 5869 (HKDF).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>

namespace crypten {

// 128 bits of secret. Wiped on destruction, not printable, never logged.
class Key {
 public:
  Key() = default;  // all zero: only a place to copy into
  explicit Key(std::span<const uint8_t, 16> bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();
  std::span<const uint8_t, 16> bytes() const { return bytes_; }
  bool operator==(const Key&) const;  // constant time
  friend std::ostream& operator<<(std::ostream&, const Key&) = delete;

 private:
  std::array<uint8_t, 16> bytes_{};
};

using Digest = std::array<uint8_t, 32>;
Digest sha256(std::span<const std::byte> data);

// Fresh bytes from the operating system (getrandom / RAND_bytes); throws if it gives none. The only door to entropy.
void system_entropy(std::span<uint8_t> out);
Key random_key();

// HKDF-SHA256(ikm = secret, salt = "crypten/1", info = role || 0x00 || context), 16 bytes. Different roles can never collide:
// a role with a zero byte is InvalidArgument. A number is eight bytes, little endian.
Key derive_key(std::span<const uint8_t> secret, std::string_view role, std::span<const std::byte> context = {});
Key derive_key(const Key& secret, std::string_view role, std::span<const std::byte> context = {});
Key derive_key(const Key& secret, std::string_view role, uint64_t number);

// A stream of 64-bit words. Tests replace it by one that enumerates all words.
class WordSource {
 public:
  virtual ~WordSource() = default;
  // out[i] = word(position + i). Thread-safe.
  virtual void fill(std::span<uint64_t> out, uint64_t position) const = 0;
};

struct DeviceWords;  // device_streams.h

class AesStream final : public WordSource {
 public:
  explicit AesStream(const Key& key);
  ~AesStream() override;
  void fill(std::span<uint64_t> out, uint64_t position) const override;  // position + size ≤ 2^37 words (2^36 blocks) per key, else InvalidArgument
  // The same into the memory of a device, by the device. Throws InvalidArgument also where no kernel is registered for it.
  void fill_device(const DeviceWords& out, uint64_t position) const;

 private:
  struct Schedule;  // expanded round keys, wiped on destruction
  std::unique_ptr<Schedule> schedule_;
};

}  // namespace crypten
