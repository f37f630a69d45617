// Frame headers: what decodes encodes to the same bytes, and passes the check exactly where the connection expects it.
#include "comm/frame.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace crypten::fuzz {

Memory memory() { return {.growth = 4}; }

void examine(Bytes input) {
  const auto header = decode_frame_header(input);
  if (!header.ok()) return;
  const auto again = encode(*header);
  require(std::equal(again.begin(), again.end(), input.begin()), "a header encodes to the bytes it came from");
  const FrameExpectation expected{.session = header->session, .sender = header->sender, .receiver = header->receiver, .sequence = header->sequence};
  require(check_frame(*header, expected).ok() == (header->sender != header->receiver), "a frame passes where it is expected, unless it names one rank twice");
  for (auto other : {FrameExpectation{expected.session + 1, expected.sender, expected.receiver, expected.sequence},
                     FrameExpectation{expected.session, expected.sender + 1, expected.receiver, expected.sequence},
                     FrameExpectation{expected.session, expected.sender, expected.receiver + 1, expected.sequence},
                     FrameExpectation{expected.session, expected.sender, expected.receiver, expected.sequence + 1}})
    require(!check_frame(*header, other).ok(), "a frame passes nowhere else");
  require(first_part(header->payload_bytes, size_t{1} << 20) <= size_t{64} << 10, "the first message of a frame is small");
}

std::vector<Input> seeds() {
  std::vector<Input> all;
  for (const FrameKind kind : {FrameKind::data, FrameKind::scope, FrameKind::finished, FrameKind::aborted}) {
    const auto bytes = encode(FrameHeader{.kind = kind, .session = 7, .sender = 1, .receiver = 0, .sequence = 3, .transcript = 9, .credit = kReceiveCredit, .payload_bytes = 24});
    all.emplace_back(bytes.begin(), bytes.end());
  }
  return all;
}

}  // namespace crypten::fuzz
