// Hello: the first message of a handshake, everything that parties must agree on. Public facts only.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comm/channel.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/prg.h"

namespace crypten {

// All messages of a handshake begin alike, so that any revision can tell any other apart: magic (8), revision (4), step (1).
enum class HandshakeStep : uint8_t { hello = 1, accepted = 2, refused = 3, keys = 4, confirm = 5 };

inline constexpr size_t kLongestHandshakeMessage = size_t{64} << 10;
inline constexpr size_t kLongestHelloText = 512;
inline constexpr size_t kMostConfigFields = 256;

struct HandshakePrefix {
  uint32_t revision = 0;
  HandshakeStep step = HandshakeStep::hello;
};
ByteVector encode_step(HandshakeStep step, Bytes body, uint32_t revision);
// Fails: not this library's magic, too long, unknown step of our own revision. `body` is set to the rest.
absl::StatusOr<HandshakePrefix> decode_step(Bytes message, Bytes& body);

struct Hello {
  std::string library_version;
  uint32_t sender = 0, receiver = 0, world_size = 0;
  std::string run_id;
  Digest roster_hash{};
  std::vector<std::pair<std::string, std::string>> config;  // compared fields, sorted by name
  std::string program;
  Digest nonce{};
  bool operator==(const Hello&) const = default;
};
ByteVector encode(const Hello& hello);
// Fails: truncated, bytes left over, a text above kLongestHelloText, more than kMostConfigFields fields, fields out of order.
absl::StatusOr<Hello> decode_hello(Bytes body);

// The first thing that two hellos disagree about: library version, world size, run id, roster, configuration fields by name, program.
// A field that only one side has is "(absent)" on the other. Texts are made printable.
struct Difference {
  std::string field, ours, theirs;
  bool is_version = false;
};
std::optional<Difference> first_difference(const Hello& ours, const Hello& theirs);

}  // namespace crypten
