// ByteWriter and ByteReader: canonical little-endian bytes of small messages. The reader never reads past the end and allocates nothing on the word of a peer.
#pragma once

#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "comm/channel.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

class ByteWriter {
 public:
  void u8(uint8_t value);
  void u32(uint32_t value);
  void u64(uint64_t value);
  void raw(Bytes bytes);
  void text(std::string_view text);  // u32 length, then the bytes
  const ByteVector& bytes() const { return bytes_; }
  ByteVector take() { return std::move(bytes_); }

 private:
  ByteVector bytes_;
};

// After the first read that does not fit, all reads give zeros and finish() says so: a decoder reads all fields and asks once.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}
  uint8_t u8();
  uint32_t u32();
  uint64_t u64();
  template <size_t N>
  std::array<uint8_t, N> fixed() {
    std::array<uint8_t, N> out{};
    read(out.data(), N);
    return out;
  }
  std::string text(size_t longest);  // fails when the length is above `longest` or above what is left
  bool ok() const { return ok_; }
  absl::Status finish() const;       // ok: everything read was there and nothing is left over

 private:
  void read(void* out, size_t bytes);
  Bytes rest_;
  bool ok_ = true;
};

Bytes bytes_of(std::string_view text);

// Text that came from a peer, fit for a message: printable ASCII, others become '?', at most `longest` characters.
std::string printable(std::string_view text, size_t longest = 1024);

}  // namespace crypten
