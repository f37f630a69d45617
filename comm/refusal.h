// Refusal: why a party ends a handshake, as told to the others. Public facts only: fields and values that were compared.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "comm/channel.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/error.h"

namespace crypten {

struct Refusal {
  uint32_t code = 0;
  std::string error_class;
  std::string problem, why, todo;
  bool operator==(const Refusal&) const = default;
};

Refusal refusal_of(const Error& error);
ByteVector encode(const Refusal& refusal);
// Fails: truncated, bytes left over, a text above its limit, a code that no error of a session has with a class that one has.
absl::StatusOr<Refusal> decode_refusal(Bytes body);
absl::StatusOr<Refusal> decode_refusal_message(Bytes message);  // the whole message of a handshake; fails: it is another, or nothing of the kind

// Throws the error that `reporter` told of, as the same class where the handshake has it, else as SessionError.
[[noreturn]] void throw_refusal(const Refusal& refusal, int rank, int reporter);

}  // namespace crypten
