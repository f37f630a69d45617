// The files that a process proves itself with: three PEM texts behind one another, each up to a zero byte. Never a certificate that passes, since no input knows a key that fits.
#include "comm/grpc/credentials.h"

#include <algorithm>
#include <array>

#include "tests/fuzz/target.h"

namespace crypten::fuzz {
namespace {

// An authority's certificate and one that it signed for party-0.run.crypten; both valid for a hundred years, and the keys are gone.
const std::string kAuthority = R"(-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUAk+30vAuuej67RfniD4n+HjbmnwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyMjA3MzkzNloYDzIxMjYxMDI5
MDczOTM2WjAUMRIwEAYDVQQDDAlhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARFSBjKj0j1uZtHIV8Bpmefzne0FibWZygqfdZd7EwR9VRrhQtB6dfz
PNyP5ws65qhu9Cwn8q0t8SrUbTva1e8co1MwUTAdBgNVHQ4EFgQUdEgvYhjNSzH+
7onzbOVNspF4B+YwHwYDVR0jBBgwFoAUdEgvYhjNSzH+7onzbOVNspF4B+YwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB6ndHNLJG15DBxKa89r63+
x05qfwS0j6T3i11arzI6zwIgCdNAdTiP0hnze3j2g/6Drvbf+Z5EN8ShdUGEfyyt
ayo=
-----END CERTIFICATE-----
)";
const std::string kLeaf = R"(-----BEGIN CERTIFICATE-----
MIIBjDCCATKgAwIBAgIUfrqdCHXcZhCrrTko5J571ImhlIIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyMjA3MzkzNloYDzIxMjYxMDI5
MDczOTM2WjASMRAwDgYDVQQDDAdwYXJ0eS0wMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEpyyZCirKobr+pGjJwSdwdQ5BkyyBK2w3tM1teqZlgMVLuLfoc+hP7vLI
7MmF36gkb8MZr3vHlRa2iTwx+C62KaNiMGAwHgYDVR0RBBcwFYITcGFydHktMC5y
dW4uY3J5cHRlbjAdBgNVHQ4EFgQUvv7Hz3qbrhOyorwr5il9U72haXcwHwYDVR0j
BBgwFoAUdEgvYhjNSzH+7onzbOVNspF4B+YwCgYIKoZIzj0EAwIDSAAwRQIgRgVo
aLKXPRoDdxtB+Rqzgi6bnB/juct0UMVLhwVV7cgCIQCiFhOZS9LfcLynzKvspj6o
NaVs1GmxNkptVgKuT3XLZw==
-----END CERTIFICATE-----
)";

}  // namespace

Memory memory() { return {.growth = 128, .allowance = size_t{512} << 10}; }  // OpenSSL's own structures

void examine(Bytes input) {
  std::array<std::string, 3> texts;
  std::string_view rest(reinterpret_cast<const char*>(input.data()), input.size());
  for (std::string& text : texts) {
    text = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
  }
  Credentials credentials;
  credentials.authority = texts[0], credentials.certificate = texts[1], credentials.key = texts[2];
  credentials.source = "input";
  const std::string print = fingerprint(credentials.certificate);
  require(print.empty() || print.size() == 64, "a fingerprint has 64 digits");
  require(!named([&] { check_own_certificate(credentials, "party-0.run.crypten", ""); }), "nobody passes who does not know the key");
}

std::vector<Input> seeds() {
  return {bytes_of_text(kAuthority + '\0' + kLeaf + '\0'), bytes_of_text(kLeaf + '\0' + kAuthority + '\0' + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")};
}

}  // namespace crypten::fuzz
