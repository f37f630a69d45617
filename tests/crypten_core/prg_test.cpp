#include "crypten_core/prg.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "crypten_core/aes_ctr.h"
#include "crypten_core/error.h"
#include "crypten_core/hkdf.h"

using namespace crypten;

namespace {

// Nobody can print a key by mistake.
template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<Key> && Printable<int>);
static_assert(!std::is_convertible_v<Key, std::string> && !std::is_convertible_v<Key, uint64_t>);

std::vector<uint8_t> bytes(std::string_view hex) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

Key key_of(std::string_view hex) {
  const auto raw = bytes(hex);
  return Key(std::span<const uint8_t, 16>(raw.data(), 16));
}

// Words of the stream by OpenSSL, from the header's definition.
std::vector<uint64_t> by_openssl(const Key& key, uint64_t position, size_t count) {
  const uint64_t first = position / 2, blocks = (position + count + 1) / 2 - first;
  uint8_t counter[16] = {};
  for (int i = 0; i < 8; ++i) counter[8 + i] = static_cast<uint8_t>(first >> (56 - 8 * i));
  std::vector<uint8_t> zeros(16 * blocks), stream(16 * blocks);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int written = 0;
  EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nullptr, key.bytes().data(), counter);
  EVP_EncryptUpdate(context, stream.data(), &written, zeros.data(), static_cast<int>(zeros.size()));
  EVP_CIPHER_CTX_free(context);
  std::vector<uint64_t> words(count);
  std::memcpy(words.data(), stream.data() + 8 * (position % 2), 8 * count);
  return words;
}

constexpr aes_ctr::Path kPaths[] = {aes_ctr::Path::portable, aes_ctr::Path::aesni, aes_ctr::Path::vaes, aes_ctr::Path::vaes512};

}  // namespace

TEST_CASE("AES-128-CTR gives the vectors of NIST SP 800-38A, F.5.1, on each path") {
  const auto key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
  const auto plain = bytes(
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  const auto cipher = bytes(
      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
      "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
  aes_ctr::RoundKeys keys;
  aes_ctr::expand(std::span<const uint8_t, 16>(key.data(), 16), keys);
  for (const auto path : kPaths) {
    if (!aes_ctr::available(path)) continue;
    std::vector<uint8_t> stream(64);
    aes_ctr::generate(path, keys, {0xf0f1f2f3f4f5f6f7, 0xf8f9fafbfcfdfeff}, stream);
    for (size_t i = 0; i < 64; ++i) stream[i] ^= plain[i];
    CHECK(stream == cipher);
  }
}

TEST_CASE("all paths agree with OpenSSL, whole blocks of every number") {
  aes_ctr::RoundKeys keys;
  const Key key = random_key();
  aes_ctr::expand(key.bytes(), keys);
  std::mt19937_64 positions(7);
  for (const auto path : kPaths) {
    if (!aes_ctr::available(path)) continue;
    for (uint64_t blocks = 0; blocks < 70; ++blocks) {
      const uint64_t first = positions() >> 28;
      std::vector<uint8_t> stream(16 * blocks + 1, 0xaa);
      aes_ctr::generate(path, keys, {0, first}, {stream.data(), 16 * blocks});
      const auto expected = by_openssl(key, 2 * first, 2 * blocks);
      CHECK(std::memcmp(stream.data(), expected.data(), 16 * blocks) == 0);
      CHECK(stream.back() == 0xaa);
    }
  }
}

TEST_CASE("a stream is the same read in one piece, in pieces, and anywhere") {
  const Key key = random_key();
  const AesStream stream(key);
  std::vector<uint64_t> whole(200001);  // beyond one thread's share
  stream.fill(whole, 0);
  CHECK(whole == by_openssl(key, 0, whole.size()));
  std::mt19937_64 random(11);
  for (int i = 0; i < 200; ++i) {
    const size_t count = random() % 200, position = random() % (whole.size() - count);
    std::vector<uint64_t> piece(count);
    stream.fill(piece, position);
    REQUIRE(std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<int64_t>(position)));
  }
  for (int i = 0; i < 50; ++i) {
    const uint64_t position = random() >> 27;  // up to 2^37
    std::vector<uint64_t> piece(1 + random() % 50);
    if (position + piece.size() > uint64_t{1} << 37) continue;
    stream.fill(piece, position);
    REQUIRE(piece == by_openssl(key, position, piece.size()));
  }
}

TEST_CASE("a stream ends after 2^37 words") {
  const AesStream stream(random_key());
  constexpr uint64_t kEnd = uint64_t{1} << 37;
  std::vector<uint64_t> words(3);
  CHECK_NOTHROW(stream.fill(words, kEnd - 3));
  CHECK_NOTHROW(stream.fill({}, kEnd));
  CHECK_THROWS_AS(stream.fill(words, kEnd - 2), InvalidArgument);
  CHECK_THROWS_AS(stream.fill(words, ~uint64_t{0}), InvalidArgument);
}

TEST_CASE("threads may read one stream together") {
  const AesStream stream(random_key());
  std::vector<uint64_t> whole(40000);
  stream.fill(whole, 0);
  std::vector<std::vector<uint64_t>> parts(4, std::vector<uint64_t>(10000));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < parts.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t at = 0; at < 10000; at += 100) stream.fill(std::span(parts[t]).subspan(at, 100), 10000 * t + at);
    });
  }
  for (auto& thread : threads) thread.join();
  for (size_t t = 0; t < parts.size(); ++t)
    CHECK(std::equal(parts[t].begin(), parts[t].end(), whole.begin() + static_cast<int64_t>(10000 * t)));
}

TEST_CASE("HKDF-SHA256 gives the vectors of RFC 5869, A.1 and A.3") {
  const std::vector<uint8_t> secret(22, 0x0b);
  const auto salt = bytes("000102030405060708090a0b0c"), info = bytes("f0f1f2f3f4f5f6f7f8f9");
  std::vector<uint8_t> out(42);
  hkdf_sha256(out, secret, std::as_bytes(std::span(salt)), std::as_bytes(std::span(info)));
  CHECK(out == bytes("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
  hkdf_sha256(out, secret, {}, {});
  CHECK(out == bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
}

TEST_CASE("HKDF is OpenSSL's at every length of its inputs around a block, up to the longest output") {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  std::vector<uint8_t> text(200);
  std::iota(text.begin(), text.end(), uint8_t{1});
  const auto part = [&](size_t size, size_t from) { return std::span<const uint8_t>(text).subspan(from, size); };
  const auto octets = [](const char* name, std::span<const uint8_t> data) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<uint8_t*>(data.data()), data.size());
  };
  for (const size_t secret : {1, 16, 32, 63, 64, 65, 130})
    for (const size_t salt : {0, 9, 64, 65})
      for (const size_t info : {0, 1, 64, 100})
        for (const size_t size : {1, 16, 32, 33, 64, 8160}) {
          std::vector<uint8_t> wanted(size), out(size);
          char digest[] = "SHA256";
          const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0), octets(OSSL_KDF_PARAM_KEY, part(secret, 0)),
                                           octets(OSSL_KDF_PARAM_SALT, part(salt, 1)), octets(OSSL_KDF_PARAM_INFO, part(info, 2)), OSSL_PARAM_construct_end()};
          EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
          REQUIRE(EVP_KDF_derive(context, wanted.data(), size, parameters) == 1);
          EVP_KDF_CTX_free(context);
          hkdf_sha256(out, part(secret, 0), std::as_bytes(part(salt, 1)), std::as_bytes(part(info, 2)));
          REQUIRE(out == wanted);
        }
  EVP_KDF_free(kdf);
  std::vector<uint8_t> beyond(8161);
  CHECK_THROWS_AS(hkdf_sha256(beyond, part(16, 0), {}, {}), Error);
}

TEST_CASE("derived keys are HKDF of role and context, and never collide") {
  const Key secret = key_of("000102030405060708090a0b0c0d0e0f");
  const std::string salt = "crypten/1", info = std::string("mask") + '\0' + "ctx", context = "ctx";
  const auto number = bytes("0201000000000000");
  std::vector<uint8_t> out(16);
  hkdf_sha256(out, secret.bytes(), std::as_bytes(std::span(salt)), std::as_bytes(std::span(info)));
  CHECK(derive_key(secret, "mask", std::as_bytes(std::span(context))) == Key(std::span<const uint8_t, 16>(out.data(), 16)));
  CHECK_FALSE(derive_key(secret, "mask") == derive_key(secret, "zero"));
  CHECK_FALSE(derive_key(secret, "mask") == derive_key(secret, "mask", std::as_bytes(std::span(context))));
  CHECK_FALSE(derive_key(secret, "mask", 1) == derive_key(secret, "mask", 2));
  CHECK(derive_key(secret, "mask", 258) == derive_key(secret, "mask", std::as_bytes(std::span(number))));
  CHECK_THROWS_AS(derive_key(secret, std::string_view("a\0b", 3)), InvalidArgument);
}

TEST_CASE("keys compare by value and the system gives fresh ones") {
  CHECK(Key() == key_of("00000000000000000000000000000000"));
  CHECK_FALSE(random_key() == random_key());
  CHECK_FALSE(random_key() == Key());
  std::vector<uint8_t> large(1 << 20);
  system_entropy(large);
  CHECK(std::count(large.begin(), large.end() - (1 << 19), 0) < (1 << 12));
  CHECK(std::count(large.end() - 4096, large.end(), 0) < 100);  // filled to the end
}

TEST_CASE("SHA-256 gives the vector of FIPS 180-2, B.1") {
  const std::string text = "abc";
  const Digest digest = sha256(std::as_bytes(std::span(text)));
  CHECK(std::vector<uint8_t>(digest.begin(), digest.end()) == bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(sha256({}) != digest);
}
