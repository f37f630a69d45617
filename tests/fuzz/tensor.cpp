// Tensors: a peer's messages on the way into a tensor whose size is known beforehand, and the texts between them. Nothing is written outside of the tensor.
#include <algorithm>
#include <array>

#include "comm/last_words.h"
#include "comm/peer_link.h"
#include "tests/fuzz/scripted_stream.h"

namespace crypten::fuzz {
namespace {

constexpr uint64_t kSession = 0x1122334455667788;
constexpr std::array<size_t, 5> kExpected{8, 0, 4040, 24, 9000};  // bytes of the tensors that this party waits for, one round after the other

Input frame(FrameKind kind, uint64_t sequence, const Input& payload) {
  const auto header = encode(FrameHeader{.kind = kind, .session = kSession, .sender = 1, .receiver = 0, .sequence = sequence, .credit = kReceiveCredit, .payload_bytes = payload.size()});
  Input first(header.begin(), header.end()), script;
  size_t done = first_part(payload.size(), kScriptedMessage);
  first.insert(first.end(), payload.begin(), payload.begin() + static_cast<ptrdiff_t>(done));
  append_message(script, first);
  for (uint32_t part = 1; done < payload.size(); ++part) {
    const size_t count = next_part(payload.size() - done, kScriptedMessage);
    const auto number = encode_part_header(sequence, part);
    Input message(number.begin(), number.end());
    message.insert(message.end(), payload.begin() + static_cast<ptrdiff_t>(done), payload.begin() + static_cast<ptrdiff_t>(done + count));
    append_message(script, message);
    done += count;
  }
  return script;
}

// One frame of data into two pieces. False: the connection is over.
bool receive(PeerLink& link, const FrameHeader& header, size_t bytes) {
  Input first(bytes / 3), second(bytes - bytes / 3);
  const std::array<MutableBytes, 2> pieces{MutableBytes(first), MutableBytes(second)};
  if (!link.begin_payload(header, pieces).ok()) return false;
  while (!link.payload_done()) {
    const auto wire = link.continue_payload(Clock::time_point::max());
    if (!wire.ok() || *wire != Wire::ok) return false;
  }
  return true;
}

}  // namespace

Memory memory() { return {.growth = 8}; }

void examine(Bytes input) {
  Traffic traffic;
  PeerLink link(std::make_unique<ScriptedStream>(messages(input)), kSession, 0, 1, traffic);
  for (size_t round = 0; link.poll(Clock::time_point::max()) == Wire::ok;) {
    const auto header = link.header();
    if (!header.ok()) return;
    if (header->kind == FrameKind::data) {
      if (!receive(link, *header, kExpected[round++ % kExpected.size()])) return;
    } else if (header->kind == FrameKind::scope) {
      if (link.drain(Clock::time_point::max()) != Wire::ok) return;
    } else {
      const auto text = link.take_small_payload(*header);
      if (!text.ok()) return;
      if (const auto words = decode_last_words(*text); words.ok()) require(words->scope.size() <= kLongestScope, "last words are short");
    }
    require(traffic.wire_bytes_received <= input.size(), "no more comes than was sent");
  }
}

std::vector<Input> seeds() {
  Input all;
  for (uint64_t round = 0; round < kExpected.size(); ++round) {
    const auto one = frame(FrameKind::data, round, Input(kExpected[round], std::byte{42}));
    all.insert(all.end(), one.begin(), one.end());
  }
  const auto scope = frame(FrameKind::scope, 0, bytes_of_text("multiply (2, 3)"));
  auto words = frame(FrameKind::data, 0, Input(8, std::byte{1}));
  const auto last = frame(FrameKind::aborted, 1, encode(LastWords{.witness = 1, .culprit = 1, .round = 1, .error_class = "PeerLost", .scope = "matmul", .culprit_scope = ""}));
  words.insert(words.end(), last.begin(), last.end());
  return {all, scope, words, frame(FrameKind::finished, 0, {})};
}

}  // namespace crypten::fuzz
