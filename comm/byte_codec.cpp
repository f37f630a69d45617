#include "comm/byte_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace crypten {

static_assert(std::endian::native == std::endian::little, "the wire is little endian, and words are copied as they are");

void ByteWriter::u8(uint8_t value) { raw(std::as_bytes(std::span(&value, 1))); }
void ByteWriter::u32(uint32_t value) { raw(std::as_bytes(std::span(&value, 1))); }
void ByteWriter::u64(uint64_t value) { raw(std::as_bytes(std::span(&value, 1))); }
void ByteWriter::raw(Bytes bytes) { append(bytes_, bytes); }

void ByteWriter::text(std::string_view text) {
  u32(static_cast<uint32_t>(text.size()));
  raw(bytes_of(text));
}

void ByteReader::read(void* out, size_t bytes) {
  ok_ = ok_ && bytes <= rest_.size();
  if (!ok_) return;
  std::memcpy(out, rest_.data(), bytes);
  rest_ = rest_.subspan(bytes);
}

uint8_t ByteReader::u8() {
  uint8_t value = 0;
  read(&value, sizeof value);
  return value;
}

uint32_t ByteReader::u32() {
  uint32_t value = 0;
  read(&value, sizeof value);
  return value;
}

uint64_t ByteReader::u64() {
  uint64_t value = 0;
  read(&value, sizeof value);
  return value;
}

std::string ByteReader::text(size_t longest) {
  const size_t length = u32();
  ok_ = ok_ && length <= longest && length <= rest_.size();
  if (!ok_) return {};
  std::string out(length, '\0');
  read(out.data(), length);
  return out;
}

absl::Status ByteReader::finish() const {
  if (!ok_) return absl::InvalidArgumentError("the message ends early, or a length in it is above its limit");
  if (!rest_.empty()) return absl::InvalidArgumentError("the message has bytes left over");
  return absl::OkStatus();
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

std::string printable(std::string_view text, size_t longest) {
  std::string out(text.substr(0, longest));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace crypten
