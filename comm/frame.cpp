#include "comm/frame.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

#include "comm/byte_codec.h"

namespace crypten {

namespace {
constexpr uint32_t kFrameMagic = 0x31465243;            // "CRF1"
constexpr uint32_t kPartMagic = 0x2b465243;             // "CRF+"
constexpr size_t kFirstMessage = size_t{64} << 10;  // copying 64 KiB costs less than a message more
}  // namespace

std::array<std::byte, FrameHeader::kBytes> encode(const FrameHeader& header) {
  ByteWriter out;
  out.u32(kFrameMagic);
  out.u32(static_cast<uint8_t>(header.kind));  // and three zero bytes
  out.u64(header.session);
  out.u32(header.sender);
  out.u32(header.receiver);
  out.u64(header.sequence);
  out.u64(header.transcript);
  out.u64(header.credit);
  out.u64(header.payload_bytes);
  std::array<std::byte, FrameHeader::kBytes> bytes;
  std::copy(out.bytes().begin(), out.bytes().end(), bytes.begin());
  return bytes;
}

absl::StatusOr<FrameHeader> decode_frame_header(Bytes message) {
  if (message.size() < FrameHeader::kBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", message.size(), " bytes where a frame of at least ", FrameHeader::kBytes, " begins"));
  }
  ByteReader in(message.first(FrameHeader::kBytes));
  if (in.u32() != kFrameMagic) return absl::InvalidArgumentError("not a frame: other magic number");
  const uint32_t kind = in.u32();
  if (kind < static_cast<uint32_t>(FrameKind::data) || kind > static_cast<uint32_t>(FrameKind::aborted)) {
    return absl::InvalidArgumentError("unknown kind of frame, or reserved bytes are not zero");
  }
  FrameHeader header;
  header.kind = static_cast<FrameKind>(kind);
  header.session = in.u64();
  header.sender = in.u32();
  header.receiver = in.u32();
  header.sequence = in.u64();
  header.transcript = in.u64();
  header.credit = in.u64();
  header.payload_bytes = in.u64();
  if (absl::Status status = in.finish(); !status.ok()) return status;
  return header;
}

absl::Status check_frame(const FrameHeader& header, const FrameExpectation& expected) {
  if (header.session != expected.session) return absl::PermissionDeniedError("foreign session: the frame belongs to another run");
  if (header.sender == expected.receiver) return absl::PermissionDeniedError("reflected: the frame names this party as its sender");
  if (header.sender != expected.sender || header.receiver != expected.receiver) {
    return absl::PermissionDeniedError(absl::StrCat("misrouted: from rank ", header.sender, " to rank ", header.receiver, " on the connection from rank ",
                                                    expected.sender, " to rank ", expected.receiver));
  }
  if (header.sequence < expected.sequence) {
    return absl::DataLossError(absl::StrCat("replayed: frame ", header.sequence, " came again, frame ", expected.sequence, " is next"));
  }
  if (header.sequence > expected.sequence) {
    return absl::DataLossError(absl::StrCat("out of order: frame ", header.sequence, " came, frame ", expected.sequence, " is next"));
  }
  return absl::OkStatus();
}

PartHeader encode_part_header(uint64_t sequence, uint32_t part) {
  ByteWriter out;
  out.u32(kPartMagic);
  out.u32(part);
  out.u64(sequence);
  PartHeader bytes{};
  std::copy(out.bytes().begin(), out.bytes().end(), bytes.begin());
  return bytes;
}

absl::Status check_part_header(const PartHeader& header, uint64_t sequence, uint32_t part) {
  ByteReader in(header);
  if (in.u32() != kPartMagic) return absl::InvalidArgumentError("a message that does not continue the payload came where the payload goes on");
  const uint32_t came = in.u32();
  const uint64_t frame = in.u64();
  if (came == part && frame == sequence) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("out of order: part ", came, " of frame ", frame, " came, part ", part, " of frame ", sequence, " is next"));
}

uint64_t session_word(const Digest& session_id) {
  uint64_t word = 0;
  std::memcpy(&word, session_id.data(), sizeof word);
  return word;
}

size_t first_part(size_t payload_bytes, size_t max_message) {
  return std::min(payload_bytes, std::min(max_message, kFirstMessage) - FrameHeader::kBytes);
}

}  // namespace crypten
