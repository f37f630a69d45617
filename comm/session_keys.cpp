#include "comm/session_keys.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "comm/byte_codec.h"

namespace crypten {

namespace {

ByteWriter begin(const KeyContext& context) {
  ByteWriter out;
  out.u32(kProtocolRevision);
  out.raw(std::as_bytes(std::span(context.session_id)));
  out.raw(std::as_bytes(std::span(context.roster_hash)));
  out.raw(std::as_bytes(std::span(context.config_hash)));
  out.u32(static_cast<uint32_t>(context.identities.size()));
  return out;
}

Key derive_from(std::span<const Contribution* const> parts, std::string_view role, Bytes context) {
  std::vector<uint8_t> secret;
  secret.reserve(parts.size() * sizeof(Contribution::bytes));  // one allocation: no copy of it is left behind
  for (const Contribution* part : parts) secret.insert(secret.end(), part->bytes.begin(), part->bytes.end());
  Key key = derive_key(std::span<const uint8_t>(secret), role, context);
  OPENSSL_cleanse(secret.data(), secret.size());
  return key;
}

}  // namespace

Contribution::~Contribution() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

Contribution Contribution::fresh() {
  Contribution out;
  system_entropy(out.bytes);
  return out;
}

Key derive_common_key(std::span<const Contribution> by_rank, const KeyContext& context) {
  ByteWriter info = begin(context);
  for (const std::string& identity : context.identities) info.text(identity);
  std::vector<const Contribution*> parts;
  for (const Contribution& part : by_rank) parts.push_back(&part);
  return derive_from(parts, "common", info.bytes());
}

Key derive_pair_key(int lower, int higher, const Contribution& from_lower, const Contribution& from_higher, const KeyContext& context) {
  ByteWriter info = begin(context);
  for (int rank : {lower, higher}) {
    info.u32(static_cast<uint32_t>(rank));
    info.text(context.identities.at(rank));
  }
  const std::array<const Contribution*, 2> parts{&from_lower, &from_higher};
  return derive_from(parts, "pair", info.bytes());
}

std::array<uint8_t, 16> confirmation(const Key& common, const Key& pair, int sender) {
  const Key first = derive_key(common, "confirm", static_cast<uint64_t>(sender));
  const Key both = derive_key(pair, "confirm", std::as_bytes(first.bytes()));
  std::array<uint8_t, 16> out;
  std::copy_n(both.bytes().data(), out.size(), out.data());
  return out;
}

}  // namespace crypten
