#include "comm/frame.h"

#include <catch2/catch.hpp>
#include <numeric>

using namespace crypten;

namespace {

FrameHeader sample_header() {
  FrameHeader header;
  header.kind = FrameKind::data;
  header.session = 0x1122334455667788;
  header.sender = 1;
  header.receiver = 0;
  header.sequence = 41;
  header.transcript = 0x99aabbccddeeff00;
  header.credit = kReceiveCredit;
  header.payload_bytes = 12345;
  return header;
}

const FrameExpectation kExpected{.session = 0x1122334455667788, .sender = 1, .receiver = 0, .sequence = 41};

std::string refusal(const FrameHeader& header) { return std::string(check_frame(header, kExpected).message()); }

}  // namespace

TEST_CASE("a header survives the wire in 56 bytes, for every kind") {
  for (FrameKind kind : {FrameKind::data, FrameKind::scope, FrameKind::finished, FrameKind::aborted}) {
    FrameHeader header = sample_header();
    header.kind = kind;
    const auto bytes = encode(header);
    REQUIRE(bytes.size() == 56);
    const auto back = decode_frame_header(bytes);
    REQUIRE(back.ok());
    CHECK(*back == header);
    CHECK(check_frame(*back, kExpected).ok());
  }
}

TEST_CASE("every bit of a header that is checked is checked") {
  // Transcript, credit and payload size are facts that the receiver compares later: 24 bytes at the end.
  const auto good = encode(sample_header());
  for (size_t byte = 0; byte < FrameHeader::kBytes; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = good;
      bytes[byte] ^= std::byte(1 << bit);
      const auto header = decode_frame_header(bytes);
      const bool accepted = header.ok() && check_frame(*header, kExpected).ok();
      const bool other_kind = byte == 4 && bit == 1;  // data (1) becomes finished (3): a known kind, told apart by who reads it
      INFO("byte " << byte << " bit " << bit);
      CHECK(accepted == (byte >= 32 || other_kind));
    }
  }
}

TEST_CASE("what is wrong with a frame is named") {
  FrameHeader header = sample_header();
  header.session ^= 1;
  CHECK_THAT(refusal(header), Catch::Contains("foreign session"));
  header = sample_header();
  header.sender = 0;
  header.receiver = 1;
  CHECK_THAT(refusal(header), Catch::Contains("reflected"));
  header = sample_header();
  header.sender = 2;
  CHECK_THAT(refusal(header), Catch::Contains("misrouted: from rank 2 to rank 0"));
  header = sample_header();
  header.receiver = 3;
  CHECK_THAT(refusal(header), Catch::Contains("misrouted"));
  header = sample_header();
  header.sequence = 40;
  CHECK_THAT(refusal(header), Catch::Contains("replayed: frame 40"));
  header = sample_header();
  header.sequence = 43;
  CHECK_THAT(refusal(header), Catch::Contains("out of order: frame 43"));
}

TEST_CASE("short messages, foreign bytes and unknown kinds are not frames") {
  const auto good = encode(sample_header());
  for (size_t size = 0; size < FrameHeader::kBytes; ++size) CHECK_FALSE(decode_frame_header(Bytes(good).first(size)).ok());
  for (int kind : {0, 5, 255}) {
    auto bytes = good;
    bytes[4] = std::byte(kind);
    CHECK_FALSE(decode_frame_header(bytes).ok());
  }
  auto reserved = good;
  reserved[6] = std::byte{1};
  CHECK_FALSE(decode_frame_header(reserved).ok());
}

TEST_CASE("the first message is small, whatever the transport takes") {
  CHECK(first_part(0, 1 << 20) == 0);
  CHECK(first_part(100, 1 << 20) == 100);
  CHECK(first_part(1 << 20, 1 << 20) == (64 << 10) - 56);
  CHECK(first_part(5000, 4096) == 4096 - 56);
}

TEST_CASE("the header of a part says which part of which frame it is, and nothing else passes") {
  const PartHeader header = encode_part_header(77, 3);
  CHECK(check_part_header(header, 77, 3).ok());
  CHECK_THAT(std::string(check_part_header(header, 77, 2).message()), Catch::Contains("part 3 of frame 77 came, part 2 of frame 77 is next"));
  CHECK_FALSE(check_part_header(header, 76, 3).ok());
  for (size_t bit = 0; bit < 8 * kPartHeaderBytes; ++bit) {
    PartHeader other = header;
    other[bit / 8] ^= std::byte{1} << (bit % 8);
    CHECK_FALSE(check_part_header(other, 77, 3).ok());
  }
  CHECK(next_part(100, 1000) == 100);
  CHECK(next_part(2000, 1000) == 984);
}

TEST_CASE("cut gives exactly the bytes asked for, as views of the pieces") {
  ByteVector data(20, std::byte{});
  for (size_t i = 0; i < data.size(); ++i) data[i] = std::byte(i);
  const Bytes all(data);
  const std::vector<Bytes> pieces{all.first(3), all.subspan(3, 0), all.subspan(3, 7), all.subspan(10)};
  for (size_t offset = 0; offset <= data.size(); ++offset) {
    for (size_t count = 0; offset + count <= data.size(); ++count) {
      size_t next = offset;
      for (Bytes part : cut(std::span<const Bytes>(pieces), offset, count)) {
        REQUIRE_FALSE(part.empty());
        REQUIRE(part.data() == data.data() + next);
        next += part.size();
      }
      REQUIRE(next == offset + count);
    }
  }
  CHECK(total_bytes(std::span<const Bytes>(pieces)) == 20);
}

TEST_CASE("the session word is the beginning of the session's id") {
  Digest id{};
  id[0] = 1;
  id[7] = 2;
  id[8] = 3;
  CHECK(session_word(id) == 0x0200000000000001);
}
