// A dealer and a client that is admitted and then sends what the input says: every request is answered with as many bytes as it asks for, or refused by name.
#include <cstring>

#include "comm/session.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_server.h"
#include "mpc/provider/request_limits.h"
#include "tests/fuzz/scripted_stream.h"
#include "tests/fuzz/examples.h"

namespace crypten::fuzz {
namespace {

constexpr uint64_t kMostWords = 1 << 12;  // a larger request is dealt in the same way, only slower

DealerHello greeting() { return {.revision = kProtocolRevision, .roster_hash = roster_digest({}), .rank = 0, .world_size = 2, .ring = {}}; }

ByteVector record(const Request& request) {
  ByteWriter out;
  out.text(canonical(request));
  return out.take();
}

// The requests up to the first bytes that are none, and whether all of them are small.
bool all_are_small(const std::vector<Bytes>& script, std::vector<uint64_t>& expected) {
  Input bytes;
  for (const Bytes message : script) bytes.insert(bytes.end(), message.begin(), message.end());
  for (size_t at = 0; bytes.size() - at >= sizeof(uint32_t);) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    at += sizeof length;
    if (length > bytes.size() - at) return true;
    const auto request = parse_request({reinterpret_cast<const char*>(bytes.data()) + at, length});
    if (!request.ok() || request->corrected != 0) return true;
    const bool fits = named([&] {
      const auto shapes = dealt_shapes(*request, {});
      uint64_t answer = 0, words = *request_words(*request);
      for (const DealtShape& shape : shapes) answer += shape.correction_bytes(), words += shape.stream_words();
      expected.push_back(words > kMostWords ? UINT64_MAX : answer);
    });
    if (!fits) return true;
    if (expected.back() == UINT64_MAX) return false;
    at += length;
  }
  return true;
}

// Answers are corrections of the expected lengths, as many as there are, then at most one refusal.
void check_answers(Bytes sent, const std::vector<uint64_t>& expected, bool served) {
  ByteReader in(sent);
  size_t at = 0, answers = 0;
  while (at < sent.size()) {
    in = ByteReader(sent.subspan(at));
    const auto status = static_cast<AnswerStatus>(in.u8());
    const uint64_t length = in.u64();
    require(in.ok() && length <= sent.size() - at - kAnswerHeader, "an answer is complete");
    at += kAnswerHeader + length;
    if (status == AnswerStatus::refused) break;
    require(answers < expected.size() && length == expected[answers], "a correction has the length that the request defines");
    ++answers;
  }
  require(at == sent.size(), "nothing follows a refusal");
  require(!served || answers == expected.size(), "every request is answered");
}

}  // namespace

Memory memory() { return {.growth = 64, .allowance = size_t{16} << 20}; }  // what is dealt is as long as what is asked for

void examine(Bytes input) {
  auto script = messages(input);
  std::vector<uint64_t> expected;
  if (!all_are_small(script, expected)) return;
  const auto hello = encode(greeting());
  script.insert(script.begin(), Bytes(hello));
  Input sent;
  sent.reserve(size_t{1} << 20);
  ScriptedStream client(script, &sent);
  DealerServer server(Key(std::array<uint8_t, 16>{7}), DealerOptions{});
  const bool served = named([&] { server.serve(client); });
  const size_t greeted = 17;  // accepted, and the key
  require(sent.size() >= greeted, "who is welcome is greeted");
  check_answers(Bytes(sent).subspan(greeted), expected, served);
}

std::vector<Input> seeds() {
  std::vector<Input> all;
  Input together;
  for (const Request& request : example_requests()) {
    Input script;
    const auto one = record(request);
    append_message(script, one);
    all.push_back(script);
    together.insert(together.end(), one.begin(), one.end());
  }
  Input cut;
  for (size_t at = 0; at < together.size(); at += 1000) append_message(cut, Bytes(together).subspan(at, std::min<size_t>(1000, together.size() - at)));
  all.push_back(cut);
  return all;
}

}  // namespace crypten::fuzz
