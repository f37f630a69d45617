#include "comm/refusal.h"

#include <algorithm>
#include <array>

#include "comm/byte_codec.h"
#include "comm/error_codes.h"
#include "comm/hello.h"
#include "comm/last_words.h"
#include "comm/session.h"

namespace crypten {

namespace {

constexpr size_t kLongestText = 4096;  // two values and two names of a hello fit

using Thrower = void (*)(int, std::string, std::string, std::string, std::string);

template <class E>
void raise(int code, std::string what, std::string where, std::string why, std::string todo) {
  throw E(code, std::move(what), std::move(where), std::move(why), std::move(todo));
}

struct Known {
  std::string_view error_class;
  Thrower raise;
};
constexpr std::array kKnown{
    Known{"VersionMismatch", raise<VersionMismatch>},           Known{"ConfigMismatch", raise<ConfigMismatch>},
    Known{"PeerIdentityMismatch", raise<PeerIdentityMismatch>}, Known{"RendezvousTimeout", raise<RendezvousTimeout>},
    Known{"PeerLost", raise<PeerLost>},                         Known{"MalformedFrame", raise<MalformedFrame>},
};

const Known* known(std::string_view error_class) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& one) { return one.error_class == error_class; });
  return found == kKnown.end() ? nullptr : &*found;
}

}  // namespace

Refusal refusal_of(const Error& error) {
  return {.code = static_cast<uint32_t>(error.code()),
          .error_class = error_class(error),
          .problem = error.problem().substr(0, kLongestText),
          .why = error.why().substr(0, kLongestText),
          .todo = error.todo().substr(0, kLongestText)};
}

ByteVector encode(const Refusal& refusal) {
  ByteWriter out;
  out.u32(refusal.code);
  out.text(std::string_view(refusal.error_class).substr(0, kLongestErrorClass));
  for (const std::string* text : {&refusal.problem, &refusal.why, &refusal.todo}) out.text(std::string_view(*text).substr(0, kLongestText));
  return out.take();
}

absl::StatusOr<Refusal> decode_refusal(Bytes body) {
  ByteReader in(body);
  Refusal refusal;
  refusal.code = in.u32();
  refusal.error_class = printable(in.text(kLongestErrorClass));
  for (std::string* text : {&refusal.problem, &refusal.why, &refusal.todo}) *text = printable(in.text(kLongestText), kLongestText);
  if (absl::Status status = in.finish(); !status.ok()) return status;
  const bool of_sessions = refusal.code >= 200 && refusal.code < 400;  // 3xx: a dealer refuses in the same words
  if (known(refusal.error_class) && !of_sessions) return absl::InvalidArgumentError("a refusal with a code that no error of a session has");
  return refusal;
}

absl::StatusOr<Refusal> decode_refusal_message(Bytes message) {
  Bytes body;
  const absl::StatusOr<HandshakePrefix> prefix = decode_step(message, body);
  if (!prefix.ok()) return prefix.status();
  if (prefix->revision != kProtocolRevision || prefix->step != HandshakeStep::refused) return absl::InvalidArgumentError("not a refusal of this revision");
  return decode_refusal(body);
}

void throw_refusal(const Refusal& refusal, int rank, int reporter) {
  const std::string where = "rank " + std::to_string(rank) + ", handshake; found by rank " + std::to_string(reporter);
  if (const Known* one = known(refusal.error_class)) one->raise(static_cast<int>(refusal.code), refusal.problem, where, refusal.why, refusal.todo);
  throw SessionError(comm_code::session_refused, "rank " + std::to_string(reporter) + " refused the session", where,
                     refusal.error_class + ": " + refusal.problem + "; " + refusal.why, refusal.todo);
}

}  // namespace crypten
