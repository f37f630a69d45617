// A party and a dealer that answers what the input says: the party gets exactly the corrections it asked for, or a named error. Alone, so that all of them are its own.
#include <algorithm>
#include <array>
#include <utility>

#include "comm/session.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_client.h"
#include "mpc/provider/dealer_protocol.h"
#include "tests/fuzz/scripted_stream.h"
#include "tests/fuzz/examples.h"

namespace crypten::fuzz {
namespace {

constexpr std::array<size_t, 4> kAsked{0, 2, 8, 14};  // of the examples: shares, a product, an AND, places in a table

// Two dealers: when the first script is over, the party goes on with the second, which begins after an empty message.
std::vector<DealerReplica> dealers(std::vector<Bytes> script) {
  const auto border = std::find_if(script.begin(), script.end(), [](Bytes message) { return message.empty(); });
  std::vector<Bytes> second(border == script.end() ? border : border + 1, script.end());
  script.erase(border, script.end());
  std::vector<DealerReplica> replicas;
  for (const auto& one : {script, second}) {
    replicas.push_back({"script", [one, dialled = false](Clock::time_point) mutable {
                          if (std::exchange(dialled, true)) throw SessionError(0, "the script is over", "dealer", "each dealer is dialled once", "");
                          return std::make_unique<ScriptedStream>(one);
                        }});
  }
  return replicas;
}

void append_answer(Input& script, AnswerStatus status, const Input& body) {
  auto answer = encode_answer_header(status, body.size());
  answer.insert(answer.end(), body.begin(), body.end());
  append_message(script, answer);
}

Input accepted() {
  Input script;
  append_message(script, encode_accepted(Key(std::array<uint8_t, 16>{5})));
  return script;
}

}  // namespace

Memory memory() { return {.growth = 32, .allowance = size_t{256} << 10}; }

void examine(Bytes input) {
  Session session;
  session.rank = 0, session.world_size = 1;
  named([&] {
      const auto provider = dealer_provider(session, dealers(messages(input)), Clock::now() + std::chrono::seconds(10));
    std::vector<Dealt> dealt;
    uint64_t bytes = 0;
    for (const size_t which : kAsked) {
      const auto request = example_requests().at(which);
      for (const auto& shape : dealt_shapes(request, {})) bytes += shape.correction_bytes();
      dealt.push_back(provider->request(request.body));
    }
    for (const Dealt& one : dealt) one.await();
    require(provider->bytes_received() == bytes, "all corrections came, and nothing else");
  });
}

std::vector<Input> seeds() {
  std::vector<Input> all;
  Input script = accepted(), broken = accepted();
  for (const size_t which : kAsked) {
    uint64_t bytes = 0;
    for (const auto& shape : dealt_shapes(example_requests().at(which), {})) bytes += shape.correction_bytes();
    append_answer(script, AnswerStatus::correction, Input(bytes, std::byte{3}));
  }
  all.push_back(script);
  append_message(broken, {});  // the second dealer
  broken.insert(broken.end(), script.begin(), script.end());
  all.push_back(broken);
  Input refused = accepted();
  append_answer(refused, AnswerStatus::refused, bytes_of_text("a request of another version"));
  all.push_back(refused);
  Input turned_away;
  append_message(turned_away, encode_refused({.code = 310, .error_class = "VersionMismatch", .problem = "no", .why = "2 and 3", .todo = "update"}));
  all.push_back(turned_away);
  return all;
}

}  // namespace crypten::fuzz
