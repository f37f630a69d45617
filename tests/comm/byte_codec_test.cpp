#include "comm/byte_codec.h"

#include <catch2/catch.hpp>

using namespace crypten;

namespace {

ByteVector sample_bytes() {
  ByteWriter out;
  out.u8(7);
  out.u32(0x04030201);
  out.u64(0x0807060504030201);
  out.text("hello");
  return out.take();
}

struct Decoded {
  uint8_t a;
  uint32_t b;
  uint64_t c;
  std::string d;
  bool complete;
};

Decoded decode(Bytes bytes) {
  ByteReader in(bytes);
  Decoded out{in.u8(), in.u32(), in.u64(), in.text(5), false};
  out.complete = in.finish().ok();
  return out;
}

}  // namespace

TEST_CASE("integers are little endian and texts carry their length") {
  const auto bytes = sample_bytes();
  REQUIRE(bytes.size() == 1 + 4 + 8 + 4 + 5);
  CHECK(bytes[1] == std::byte{1});
  CHECK(bytes[4] == std::byte{4});
  CHECK(bytes[5] == std::byte{1});
  CHECK(bytes[13] == std::byte{5});
  const Decoded back = decode(bytes);
  CHECK(back.a == 7);
  CHECK(back.b == 0x04030201);
  CHECK(back.c == 0x0807060504030201);
  CHECK(back.d == "hello");
  CHECK(back.complete);
}

TEST_CASE("a message that ends anywhere too early is refused, and so are bytes left over") {
  auto bytes = sample_bytes();
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(Bytes(bytes).first(size)).complete);
  bytes.push_back(std::byte{0});
  CHECK_FALSE(decode(bytes).complete);
}

TEST_CASE("a text longer than its limit or than the message is refused without being read") {
  ByteWriter out;
  out.text("abcdef");
  ByteReader in(out.bytes());
  CHECK(in.text(5).empty());
  CHECK_FALSE(in.ok());
  CHECK(in.u64() == 0);  // after a failure all reads are zero

  ByteWriter lie;
  lie.u32(0xffffffff);
  ByteReader trusting(lie.bytes());
  CHECK(trusting.text(SIZE_MAX).empty());
  CHECK_FALSE(trusting.finish().ok());
}

TEST_CASE("text of a peer is made fit for a message") {
  CHECK(printable("multiply (2, 3)") == "multiply (2, 3)");
  CHECK(printable("a\x1b[31m\n\xff") == "a?[31m??");
  CHECK(printable("abcdef", 3) == "abc");
}
