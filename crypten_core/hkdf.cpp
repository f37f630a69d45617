#include "crypten_core/hkdf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>

#include "crypten_core/error.h"

namespace crypten {
namespace {

constexpr size_t kBlock = 64, kDigest = 32;
using Pad = std::array<uint8_t, kBlock>;
using Tag = std::array<uint8_t, kDigest>;
using Pieces = std::initializer_list<std::span<const std::byte>>;

void check(bool good) {
  if (good) return;
  throw Error(132, "the crypto library refused to derive a key", "hkdf_sha256", "OpenSSL's SHA-256 failed or more than 8160 bytes were asked for",
              "check that OpenSSL 3 is installed with its default provider");
}

// OpenSSL's own HKDF looks up its parameters by name in each call, which takes six times as long as the hashing; each correction and each mask
// needs a key. Here the algorithm is looked up once, and a thread keeps its context.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { check(context_ && algorithm()); }
  void operator()(const Pad& pad, Pieces pieces, Tag& out) {
    start();
    check(EVP_DigestUpdate(context_.get(), pad.data(), pad.size()) == 1);
    for (const auto& piece : pieces) check(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1);
    check(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1);
    start();  // what it held is overwritten
  }

 private:
  static EVP_MD* algorithm() {
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return sha256;
  }
  void start() { check(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// HMAC (RFC 2104) under a key of any length.
class Hmac {
 public:
  explicit Hmac(std::span<const std::byte> key) {
    Tag hashed{};
    if (key.size() > kBlock) {
      hash_key(key, hashed);
      key = std::as_bytes(std::span(hashed));
    }
    inner_.fill(0x36);
    outer_.fill(0x5c);
    for (size_t i = 0; i < key.size(); ++i) {
      inner_[i] ^= static_cast<uint8_t>(key[i]);
      outer_[i] ^= static_cast<uint8_t>(key[i]);
    }
    OPENSSL_cleanse(hashed.data(), hashed.size());
  }
  ~Hmac() {
    OPENSSL_cleanse(inner_.data(), inner_.size());
    OPENSSL_cleanse(outer_.data(), outer_.size());
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  void operator()(Pieces pieces, Tag& out) const {
    thread_local Sha256 hash;
    hash(inner_, pieces, out);
    hash(outer_, {std::as_bytes(std::span(out))}, out);
  }

 private:
  static void hash_key(std::span<const std::byte> key, Tag& out) { check(EVP_Digest(key.data(), key.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1); }
  Pad inner_, outer_;
};

}  // namespace

void hkdf_sha256(std::span<uint8_t> out, std::span<const uint8_t> secret, std::span<const std::byte> salt,
                 std::span<const std::byte> info) {
  check(out.size() <= 255 * kDigest);
  Tag tag;  // first the key that is extracted, then block after block
  Hmac{salt}({std::as_bytes(secret)}, tag);
  const Hmac expand(std::as_bytes(std::span(tag)));
  for (uint8_t number = 1; !out.empty(); ++number) {
    const auto previous = number == 1 ? std::span<const std::byte>() : std::as_bytes(std::span(tag));
    expand({previous, info, std::as_bytes(std::span(&number, 1))}, tag);
    const size_t count = std::min(out.size(), kDigest);
    std::copy_n(tag.begin(), count, out.begin());
    out = out.subspan(count);
  }
  OPENSSL_cleanse(tag.data(), tag.size());
}

}  // namespace crypten
