#include "crypten_core/prg.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "crypten_core/aes_ctr.h"
#include "crypten_core/device_streams.h"
#include "crypten_core/error.h"
#include "crypten_core/hkdf.h"
#include "crypten_core/thread_pool.h"

namespace crypten {

static_assert(std::endian::native == std::endian::little, "words of a stream are little endian in memory");

Key::Key(std::span<const uint8_t, 16> bytes) { std::memcpy(bytes_.data(), bytes.data(), bytes.size()); }

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

bool Key::operator==(const Key& other) const { return CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0; }

Digest sha256(std::span<const std::byte> data) {
  Digest digest;
  SHA256(reinterpret_cast<const uint8_t*>(data.data()), data.size(), digest.data());
  return digest;
}

void system_entropy(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out = out.subspan(static_cast<size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      throw Error(131, "the operating system gives no random bytes", "system_entropy", "getrandom() failed",
                  "check whether a sandbox forbids the getrandom system call");
    }
  }
}

Key random_key() {
  std::array<uint8_t, 16> bytes;
  system_entropy(bytes);
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

Key derive_key(std::span<const uint8_t> secret, std::string_view role, std::span<const std::byte> context) {
  if (role.find('\0') != std::string_view::npos) {
    throw InvalidArgument(133, "the role of a key contains a zero byte", "derive_key", "role and context are separated by a zero byte",
                          "name the role in plain text");
  }
  static constexpr std::string_view salt = "crypten/1";
  std::vector<std::byte> info(role.size() + 1 + context.size());
  std::memcpy(info.data(), role.data(), role.size());
  if (!context.empty()) std::memcpy(info.data() + role.size() + 1, context.data(), context.size());
  std::array<uint8_t, 16> bytes;
  hkdf_sha256(bytes, secret, std::as_bytes(std::span(salt)), info);
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

Key derive_key(const Key& secret, std::string_view role, std::span<const std::byte> context) {
  return derive_key(std::span<const uint8_t>(secret.bytes()), role, context);
}

Key derive_key(const Key& secret, std::string_view role, uint64_t number) {
  return derive_key(secret, role, std::as_bytes(std::span(&number, 1)));
}

struct AesStream::Schedule {
  aes_ctr::RoundKeys keys;
  ~Schedule() { OPENSSL_cleanse(&keys, sizeof keys); }
};

AesStream::AesStream(const Key& key) : schedule_(std::make_unique<Schedule>()) { aes_ctr::expand(key.bytes(), schedule_->keys); }

AesStream::~AesStream() = default;

namespace {

void check_end(uint64_t position, uint64_t size) {
  constexpr uint64_t kWords = uint64_t{1} << 37;
  if (position > kWords || size > kWords - position) {
    throw InvalidArgument(130, "a stream ends here", "AesStream::fill",
                          "words " + std::to_string(position) + " … +" + std::to_string(size) + " asked for, a key gives 2^37",
                          "derive another key for more words");
  }
}

}  // namespace

void AesStream::fill_device(const DeviceWords& out, uint64_t position) const {
  check_end(position, out.size);
  const DeviceStream kernel = device_stream(out.device_type);
  if (kernel == nullptr) {
    throw InvalidArgument(143, "AES-128-CTR has no kernel for this device", "AesStream::fill_device", "device type " + std::to_string(out.device_type),
                          "load the library of cuda/, or compute on the CPU");
  }
  // Round key 0 is the key.
  if (out.size > 0) kernel(std::span<const uint8_t, 16>(schedule_->keys.bytes, 16), position, out);
}

void AesStream::fill(std::span<uint64_t> out, uint64_t position) const {
  check_end(position, out.size());
  const auto path = aes_ctr::fastest();
  uint64_t block[2];
  const auto one_block = [&](uint64_t number) {
    aes_ctr::generate(path, schedule_->keys, {0, number}, {reinterpret_cast<uint8_t*>(block), sizeof block});
  };
  if (position % 2 == 1 && !out.empty()) {  // the second half of a block
    one_block(position / 2);
    out[0] = block[1];
    out = out.subspan(1);
    ++position;
  }
  const size_t whole = out.size() / 2 * 2;
  constexpr int64_t kBlocksPerThread = 1 << 15;  // 512 KiB, some 40 µs
  parallel_for(static_cast<int64_t>(whole / 2), kBlocksPerThread, [&](int64_t begin, int64_t end) {
    auto* const bytes = reinterpret_cast<uint8_t*>(out.data() + 2 * begin);
    aes_ctr::generate(path, schedule_->keys, {0, position / 2 + static_cast<uint64_t>(begin)},
                      {bytes, static_cast<size_t>(16 * (end - begin))});
  });
  if (whole < out.size()) {  // the first half of the last one
    one_block((position + whole) / 2);
    out[whole] = block[0];
  }
  OPENSSL_cleanse(block, sizeof block);
}

}  // namespace crypten
