#include "comm/hello.h"

#include <algorithm>

#include "comm/byte_codec.h"
#include "comm/session.h"

namespace crypten {

namespace {

constexpr uint64_t kHelloMagic = 0x316e657470797263;  // "crypten1"

std::string hex(const Digest& digest) {
  constexpr size_t kShown = 8;  // enough to tell two apart by eye
  std::string out;
  for (size_t i = 0; i < kShown; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4];
    out += "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

// Compared as they are, shown as text.
Difference difference_of(const std::string& field, const std::string& ours, const std::string& theirs) {
  return {printable(field), printable(ours), printable(theirs)};
}

std::optional<Difference> config_difference(const Hello& ours, const Hello& theirs) {
  auto a = ours.config.begin();
  auto b = theirs.config.begin();
  const std::string absent = "(absent)";
  while (a != ours.config.end() || b != theirs.config.end()) {
    if (b == theirs.config.end() || (a != ours.config.end() && a->first < b->first)) return difference_of(a->first, a->second, absent);
    if (a == ours.config.end() || b->first < a->first) return difference_of(b->first, absent, b->second);
    if (a->second != b->second) return difference_of(a->first, a->second, b->second);
    ++a;
    ++b;
  }
  return std::nullopt;
}

}  // namespace

ByteVector encode_step(HandshakeStep step, Bytes body, uint32_t revision) {
  ByteWriter out;
  out.u64(kHelloMagic);
  out.u32(revision);
  out.u8(static_cast<uint8_t>(step));
  out.raw(body);
  return out.take();
}

absl::StatusOr<HandshakePrefix> decode_step(Bytes message, Bytes& body) {
  constexpr size_t kPrefix = 13;
  if (message.size() > kLongestHandshakeMessage) return absl::InvalidArgumentError("a message of the handshake is too long");
  if (message.size() < kPrefix) return absl::InvalidArgumentError("a message of the handshake ends early");
  ByteReader in(message.first(kPrefix));
  if (in.u64() != kHelloMagic) return absl::InvalidArgumentError("this is not a party of this library: other magic number");
  HandshakePrefix prefix;
  prefix.revision = in.u32();
  const uint8_t step = in.u8();
  const bool known = step >= static_cast<uint8_t>(HandshakeStep::hello) && step <= static_cast<uint8_t>(HandshakeStep::confirm);
  if (prefix.revision == kProtocolRevision && !known) return absl::InvalidArgumentError("unknown step of the handshake");
  prefix.step = static_cast<HandshakeStep>(step);
  body = message.subspan(kPrefix);
  return prefix;
}

ByteVector encode(const Hello& hello) {
  ByteWriter out;
  out.text(hello.library_version);
  out.u32(hello.sender);
  out.u32(hello.receiver);
  out.u32(hello.world_size);
  out.text(hello.run_id);
  out.raw(std::as_bytes(std::span(hello.roster_hash)));
  out.u32(static_cast<uint32_t>(hello.config.size()));
  for (const auto& [name, value] : hello.config) {
    out.text(name);
    out.text(value);
  }
  out.text(hello.program);
  out.raw(std::as_bytes(std::span(hello.nonce)));
  return out.take();
}

absl::StatusOr<Hello> decode_hello(Bytes body) {
  ByteReader in(body);
  const auto text = [&] { return in.text(kLongestHelloText); };
  Hello hello;
  hello.library_version = text();
  hello.sender = in.u32();
  hello.receiver = in.u32();
  hello.world_size = in.u32();
  hello.run_id = text();
  hello.roster_hash = in.fixed<32>();
  const uint32_t fields = in.u32();
  if (fields > kMostConfigFields) return absl::InvalidArgumentError("more configuration fields than there can be");
  for (uint32_t i = 0; i < fields && in.ok(); ++i) {
    std::string name = text();  // evaluated in this order
    std::string value = text();
    hello.config.emplace_back(std::move(name), std::move(value));
  }
  hello.program = text();
  hello.nonce = in.fixed<32>();
  if (absl::Status status = in.finish(); !status.ok()) return status;
  if (!std::is_sorted(hello.config.begin(), hello.config.end())) return absl::InvalidArgumentError("configuration fields are not sorted");
  return hello;
}

std::optional<Difference> first_difference(const Hello& ours, const Hello& theirs) {
  if (ours.library_version != theirs.library_version) {
    Difference difference = difference_of("library version", ours.library_version, theirs.library_version);
    difference.is_version = true;
    return difference;
  }
  if (ours.world_size != theirs.world_size) {
    return difference_of("world size", std::to_string(ours.world_size), std::to_string(theirs.world_size));
  }
  if (ours.run_id != theirs.run_id) return difference_of("run id", ours.run_id, theirs.run_id);
  if (ours.roster_hash != theirs.roster_hash) return difference_of("roster", hex(ours.roster_hash), hex(theirs.roster_hash));
  if (auto difference = config_difference(ours, theirs)) return difference;
  if (ours.program != theirs.program) return difference_of("program", ours.program, theirs.program);
  return std::nullopt;
}

}  // namespace crypten
