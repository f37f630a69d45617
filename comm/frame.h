// Frames: what travels on a channel between two parties after the handshake. A frame is a header and a payload; a payload that does not fit into one
// message continues in messages that say which part of which frame they are.
#pragma once

#include <absl/status/statusor.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/channel.h"
#include "crypten_core/prg.h"

namespace crypten {

enum class FrameKind : uint8_t {
  data = 1,      // payload of one round
  scope = 2,     // text of the sender's operation: sent when transcript words differ
  finished = 3,  // last words: the sender's program ended in good order
  aborted = 4,   // last words: the sender failed (comm/last_words)
};

// 56 bytes, little endian: magic (4), kind (1), zero (3), session (8), sender (4), receiver (4), sequence (8), transcript (8), credit (8), payload bytes (8).
struct FrameHeader {
  static constexpr size_t kBytes = 56;
  FrameKind kind = FrameKind::data;
  uint64_t session = 0;     // the first 8 bytes of the session's id
  uint32_t sender = 0;
  uint32_t receiver = 0;
  uint64_t sequence = 0;    // number of frames before this one on this connection in this direction
  uint64_t transcript = 0;  // equal on both sides exactly when they ran the same operations (Transcript::word)
  // Bytes that the sender of this frame is willing to buffer for its receiver. Announced, not enforced: the sizes of all frames are public and agreed
  // beforehand, and the transport holds a sender back (its read-ahead is bounded). A transport without back-pressure would have to check it.
  uint64_t credit = 0;
  uint64_t payload_bytes = 0;
  bool operator==(const FrameHeader&) const = default;
};

inline constexpr uint64_t kReceiveCredit = uint64_t{64} << 20;

std::array<std::byte, FrameHeader::kBytes> encode(const FrameHeader& header);

// Decodes the header at the start of a message. Fails: message shorter than a header, other magic, unknown kind, non-zero reserved bytes.
absl::StatusOr<FrameHeader> decode_frame_header(Bytes message);

// Before each further part of a payload: magic (4), number of the part (4), sequence of the frame (8).
inline constexpr size_t kPartHeaderBytes = 16;
using PartHeader = std::array<std::byte, kPartHeaderBytes>;
PartHeader encode_part_header(uint64_t sequence, uint32_t part);  // part 0 is in the frame's first message
// Fails: not a part, or another one than is due (lost, come again, or out of order).
absl::Status check_part_header(const PartHeader& header, uint64_t sequence, uint32_t part);

// What the next frame of a connection must say.
struct FrameExpectation {
  uint64_t session = 0;
  uint32_t sender = 0;    // the peer
  uint32_t receiver = 0;  // this party
  uint64_t sequence = 0;
};
// Fails: foreign session, reflected (our own rank as sender), misrouted (another sender or receiver), replayed (sequence too low), out of order (too high).
absl::Status check_frame(const FrameHeader& header, const FrameExpectation& expected);

uint64_t session_word(const Digest& session_id);

// How a payload is cut. The first message carries the header and is received into a buffer of the frame layer, since its kind is not known before: it is
// small, so that what is copied is small. The others are received in place.
size_t first_part(size_t payload_bytes, size_t max_message);
inline size_t next_part(size_t bytes_left, size_t max_message) { return std::min(bytes_left, max_message - kPartHeaderBytes); }

// Bytes [offset, offset + count) of the concatenation of `pieces`, as pieces. Span is Bytes or MutableBytes.
template <class Span>
std::vector<Span> cut(std::span<const Span> pieces, size_t offset, size_t count) {
  std::vector<Span> out;
  for (const Span& piece : pieces) {
    if (offset >= piece.size()) {
      offset -= piece.size();
    } else if (count > 0) {
      out.push_back(piece.subspan(offset, std::min(count, piece.size() - offset)));
      count -= out.back().size();
      offset = 0;
    }
  }
  return out;
}

template <class Span>
size_t total_bytes(std::span<const Span> pieces) {
  size_t total = 0;
  for (const Span& piece : pieces) total += piece.size();
  return total;
}

}  // namespace crypten
