#include "crypten_core/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "crypten_core/error.h"

namespace crypten {
namespace {

// OSSL_PARAM is not const-correct; OpenSSL only reads the inputs. An empty span may have no address, which OpenSSL takes for "absent".
template <typename T>
OSSL_PARAM octets(const char* name, std::span<const T> data) {
  static char nothing = 0;
  void* address = data.empty() ? static_cast<void*>(&nothing) : const_cast<void*>(static_cast<const void*>(data.data()));
  return OSSL_PARAM_construct_octet_string(name, address, data.size());
}

}  // namespace

void hkdf_sha256(std::span<uint8_t> out, std::span<const uint8_t> secret, std::span<const std::byte> salt,
                 std::span<const std::byte> info) {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);  // looking it up costs more than using it
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(kdf ? EVP_KDF_CTX_new(kdf) : nullptr, EVP_KDF_CTX_free);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0), octets(OSSL_KDF_PARAM_KEY, secret),
                                   octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  if (!context || EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) != 1) {
    throw Error(132, "the crypto library refused to derive a key", "hkdf_sha256", "OpenSSL's HKDF with SHA-256 failed",
                "check that OpenSSL 3 is installed with its default provider");
  }
}

}  // namespace crypten
