// Last words: what a party tells the others when it ends, so that a wait for it fails at once and says why.
#pragma once

#include <absl/status/statusor.h>

#include <exception>
#include <string>

#include "comm/channel.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

// Payload of an aborted frame: the cause, not the messenger. Who fails because of another's last words passes them on unchanged, so that all ranks
// report the same cause, however they heard of it. Public facts only: the class of an error, never its message.
struct LastWords {
  uint32_t witness = 0;       // who found it
  uint32_t culprit = 0;       // who is lost, stalled, has finished, or diverges from the witness; the witness itself if it failed by itself
  uint64_t round = 0;         // the witness's
  std::string error_class;    // "PeerLost", "InvalidArgument", …
  std::string scope;          // the operation in which the witness was
  std::string culprit_scope;  // with ProgramMismatch: the culprit's operation, as far as known
  bool operator==(const LastWords&) const = default;
};

inline constexpr size_t kLongestScope = 1024, kLongestErrorClass = 128;  // longer texts are cut

ByteVector encode(const LastWords& words);
// Fails: truncated, texts above their limits, bytes left over. Texts are made printable.
absl::StatusOr<LastWords> decode_last_words(Bytes payload);

// The class of an exception in the words of the error tree ("PeerLost"); other exceptions: their C++ type.
std::string error_class(const std::exception& error);

}  // namespace crypten
