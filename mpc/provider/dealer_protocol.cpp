#include "mpc/provider/dealer_protocol.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "comm/byte_codec.h"
#include "comm/session.h"

namespace crypten {
namespace {

constexpr uint64_t kDealerMagic = 0x31726c6165647963;  // "cydealr1"
enum class Reply : uint8_t { accepted = 1, refused = 2 };

Bytes bytes_of_digest(const Digest& digest) { return std::as_bytes(std::span(digest)); }

}  // namespace

ByteVector encode(const DealerHello& hello) {
  ByteWriter out;
  out.u64(kDealerMagic);
  out.u32(hello.revision);
  for (const Digest* digest : {&hello.session_id, &hello.roster_hash, &hello.config_hash}) out.raw(bytes_of_digest(*digest));
  out.u32(hello.rank);
  out.u32(hello.world_size);
  for (const int number : {hello.ring.bits, hello.ring.chunk_bits, hello.ring.arity}) out.u32(static_cast<uint32_t>(number));
  return out.take();
}

absl::StatusOr<DealerHello> decode_dealer_hello(Bytes message) {
  ByteReader in(message);
  DealerHello hello;
  if (in.u64() != kDealerMagic) return absl::InvalidArgumentError("these bytes are no hello to a dealer");
  hello.revision = in.u32();
  if (in.ok() && hello.revision != static_cast<uint32_t>(kProtocolRevision)) return DealerHello{.revision = hello.revision};
  for (Digest* digest : {&hello.session_id, &hello.roster_hash, &hello.config_hash}) *digest = in.fixed<32>();
  hello.rank = in.u32();
  hello.world_size = in.u32();
  bool in_range = true;
  for (int* number : {&hello.ring.bits, &hello.ring.chunk_bits, &hello.ring.arity}) {
    const uint32_t value = in.u32();
    in_range = in_range && value <= 64;
    *number = in_range ? static_cast<int>(value) : 0;
  }
  if (absl::Status status = in.finish(); !status.ok()) return status;
  if (!in_range) return absl::InvalidArgumentError("a ring has at most 64 bits");
  return hello;
}

Digest dealer_session(DealerHello hello) {
  hello.rank = 0;
  return sha256(encode(hello));
}

ByteVector encode_accepted(const Key& rank_key) {
  ByteVector out{static_cast<std::byte>(Reply::accepted)};
  out.reserve(1 + rank_key.bytes().size());  // no copy of the key is left behind in a smaller buffer
  const auto key = std::as_bytes(rank_key.bytes());
  out.insert(out.end(), key.begin(), key.end());
  return out;
}

ByteVector encode_refused(const Refusal& refusal) {
  auto out = encode(refusal);
  out.insert(out.begin(), static_cast<std::byte>(Reply::refused));
  return out;
}

absl::StatusOr<DealerReply> decode_reply(Bytes message) {
  if (message.empty()) return absl::InvalidArgumentError("an empty reply");
  const Bytes body = message.subspan(1);
  switch (static_cast<Reply>(message[0])) {
    case Reply::accepted:
      if (body.size() != 16) return absl::InvalidArgumentError("a key of another length");
      return DealerReply{.rank_key = Key(std::span<const uint8_t, 16>(reinterpret_cast<const uint8_t*>(body.data()), 16)), .refusal = {}};
    case Reply::refused: {
      auto refusal = decode_refusal(body);
      if (!refusal.ok()) return refusal.status();
      return DealerReply{.rank_key = std::nullopt, .refusal = *std::move(refusal)};
    }
  }
  return absl::InvalidArgumentError("an unknown kind of reply");
}

void wipe(ByteVector& bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

Digest roster_digest(const std::vector<std::string>& roster) {
  ByteWriter out;
  for (const std::string& fingerprint : roster) out.text(fingerprint);
  return sha256(out.bytes());
}

ByteVector encode_answer_header(AnswerStatus status, uint64_t length) {
  ByteWriter out;
  out.u8(static_cast<uint8_t>(status));
  out.u64(length);
  return out.take();
}

// From here on a piece begins a message of its own, and a message that ends within a record goes straight to its place: one copy less, which is worth more than
// one message more.
constexpr uint64_t kLong = 64 << 10;

Wire send_records(ByteStream& stream, const std::vector<Bytes>& pieces) {
  const size_t longest = stream.max_message();
  std::vector<Bytes> message;
  size_t size = 0;
  const auto send = [&] {
    const Wire wire = message.empty() ? Wire::ok : stream.send(message);
    message.clear();
    size = 0;
    return wire;
  };
  for (Bytes piece : pieces) {
    if (piece.size() >= kLong && size > 0)
      if (const Wire wire = send(); wire != Wire::ok) return wire;
    while (!piece.empty()) {
      const Bytes part = piece.first(std::min(piece.size(), longest - size));
      message.push_back(part);
      size += part.size();
      piece = piece.subspan(part.size());
      if (size < longest) continue;
      if (const Wire wire = send(); wire != Wire::ok) return wire;
    }
  }
  return send();
}

Wire RecordReader::read(ByteVector& out, uint64_t bytes, Clock::time_point deadline) {
  while (bytes > 0) {
    if (between_messages()) {
      message_.clear();
      position_ = 0;
      if (bytes < kLong) {
        if (const Wire wire = stream_.receive(message_, deadline); wire != Wire::ok) return wire;
        continue;
      }
      const size_t before = out.size();
      if (const Wire wire = stream_.receive_behind(out, deadline); wire != Wire::ok) return wire;
      const uint64_t came = out.size() - before, part = std::min(came, bytes);
      append(message_, Bytes(out).subspan(before + part));
      out.resize(before + part);
      bytes -= part;
      continue;
    }
    const size_t part = std::min<uint64_t>(bytes, message_.size() - position_);
    append(out, Bytes(message_).subspan(position_, part));
    position_ += part;
    bytes -= part;
  }
  return Wire::ok;
}

}  // namespace crypten
