#include "crypten_core/aes_ctr.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "crypten_core/error.h"

namespace crypten::aes_ctr {

bool available(Path path) {
  switch (path) {
    case Path::portable:
      return true;
    case Path::aesni:
      return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
    case Path::vaes:
      return available(Path::aesni) && __builtin_cpu_supports("vaes") && __builtin_cpu_supports("avx2");
    case Path::vaes512:
      return available(Path::vaes) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  }
  return false;
}

Path fastest() {
  static const Path path = [] {
    const char* set = std::getenv("CRYPTEN_KERNELS");
    const std::string_view forced = set ? set : "";
    if (forced == "portable") return Path::portable;
    if (forced != "avx2" && available(Path::vaes512)) return Path::vaes512;
    return available(Path::vaes) ? Path::vaes : available(Path::aesni) ? Path::aesni : Path::portable;
  }();
  return path;
}

void expand(std::span<const uint8_t, 16> key, RoundKeys& keys) {
  if (available(Path::aesni)) {
    expand_aesni(key.data(), keys);
  } else {
    std::memcpy(keys.bytes, key.data(), key.size());
  }
}

void generate(Path path, const RoundKeys& keys, Counter counter, std::span<uint8_t> out) {
  const uint64_t blocks = out.size() / 16;
  switch (path) {
    case Path::portable:
      return generate_portable(keys, counter, out.data(), blocks);
    case Path::aesni:
      return generate_aesni(keys, counter, out.data(), blocks);
    case Path::vaes:
      return generate_vaes(keys, counter, out.data(), blocks);
    case Path::vaes512:
      return generate_vaes512(keys, counter, out.data(), blocks);
  }
}

void generate_portable(const RoundKeys& keys, Counter counter, uint8_t* out, uint64_t blocks) {
  uint8_t first[16];
  for (int i = 0; i < 8; ++i) {
    first[i] = static_cast<uint8_t>(counter.high >> (56 - 8 * i));
    first[8 + i] = static_cast<uint8_t>(counter.low >> (56 - 8 * i));
  }
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  bool good = context && EVP_EncryptInit_ex2(context.get(), EVP_aes_128_ctr(), keys.bytes, first, nullptr) == 1;
  constexpr uint64_t kPiece = uint64_t{1} << 26;  // OpenSSL counts bytes in an int
  for (uint64_t done = 0; good && done < blocks; done += kPiece) {
    const int bytes = static_cast<int>(16 * std::min(kPiece, blocks - done));
    int written = 0;
    std::memset(out + 16 * done, 0, static_cast<size_t>(bytes));
    good = EVP_EncryptUpdate(context.get(), out + 16 * done, &written, out + 16 * done, bytes) == 1 && written == bytes;
  }
  if (!good) {
    throw Error(132, "the crypto library refused to run AES-128-CTR", "AesStream", "an OpenSSL call failed",
                "check that OpenSSL 3 is installed with its default provider");
  }
}

}  // namespace crypten::aes_ctr
