#include "comm/grpc/credentials.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypten_core/error.h"
#include "crypten_core/json.h"

namespace crypten {

namespace {

template <auto release>
struct Release {
  void operator()(auto* object) const { release(object); }
};
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;

const char* const kInit = "Make a run folder with `crypten-cert init DIR -n WORLD_SIZE` and give it to all parties (CRYPTEN_RUN_FOLDER).";

Bio reader(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

Certificate parse(const std::string& pem) {
  const Bio in = reader(pem);
  return Certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

std::string read(const std::string& path, bool secret) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) throw SessionError(256, "cannot read " + path, path, std::strerror(errno), kInit);
  if (secret && (facts.st_mode & 077) != 0) {
    throw SessionError(257, "the private key may be read by others", path, "its mode lets group or others in",
                       "Run `chmod 600 " + path + "`.");
  }
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) throw SessionError(256, "cannot read " + path, path, in ? "it is empty" : std::strerror(errno), kInit);
  return text;
}

Credentials load(const std::string& folder, const std::string& name) {
  Credentials credentials;
  credentials.source = folder + "/" + name + ".crt";
  credentials.authority = read(folder + "/ca.crt", false);
  credentials.certificate = read(credentials.source, false);
  credentials.key = read(folder + "/" + name + ".key", true);
  return credentials;
}

std::string date(const ASN1_TIME* time) {
  const Bio out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

[[noreturn]] void untrusted(const Credentials& credentials, const std::string& why) {
  throw CertificateUntrusted(244, "the own certificate would be refused", credentials.source, why, kInit);
}

}  // namespace

Credentials::~Credentials() { OPENSSL_cleanse(key.data(), key.size()); }

std::vector<std::string> Roster::fingerprints() const {
  std::vector<std::string> all;
  for (const auto& party : parties) all.push_back(party.fingerprint);
  return all;
}

Roster load_roster(const std::string& folder) {
  const std::string path = folder + "/roster.json";
  const auto malformed = [&](const std::string& why) { return SessionError(258, "the roster cannot be used", path, why, kInit); };
  const auto json = nlohmann::json::parse(read(path, false), nullptr, /*allow_exceptions=*/false);
  try {
    if (json.is_discarded()) throw malformed("it is not JSON");
    Roster roster;
    roster.run_id = json.at("run_id").get<std::string>();
    const auto& parties = json.at("parties");
    roster.parties.resize(parties.size());
    for (const auto& entry : parties) {
      const auto rank = whole<size_t>(entry.at("rank"));
      if (rank >= roster.parties.size() || !roster.parties[rank].fingerprint.empty()) throw malformed("ranks are not 0 … n−1, each once");
      roster.parties[rank] = {entry.value("name", "party-" + std::to_string(rank)), entry.at("fingerprint").get<std::string>()};
    }
    if (json.contains("dealer")) roster.dealer = json["dealer"].at("fingerprint").get<std::string>();
    auto all = roster.fingerprints();
    if (json.contains("dealer")) all.push_back(roster.dealer);
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].size() != 64 || all[i].find_first_not_of("0123456789abcdef") != std::string::npos)
        throw malformed("a fingerprint is not 64 lower-case hexadecimal digits");
      for (size_t j = 0; j < i; ++j)
        if (all[i] == all[j]) throw malformed("two entries have the same fingerprint");
    }
    if (roster.parties.empty() || roster.run_id.empty()) throw malformed("run_id or parties are empty");
    return roster;
  } catch (const nlohmann::json::exception& error) {
    throw malformed(error.what());
  }
}

Credentials load_party_credentials(const std::string& folder, int rank) { return load(folder, "party-" + std::to_string(rank)); }
Credentials load_dealer_credentials(const std::string& folder) { return load(folder, "dealer"); }

Credentials load_own_credentials(const std::string& folder, const Roster& roster) {
  const auto has = [&](const std::string& member) { return std::filesystem::exists(folder + "/" + member + ".key"); };
  for (size_t rank = 0; !has("dealer") && rank < roster.parties.size(); ++rank)
    if (has("party-" + std::to_string(rank))) return load_party_credentials(folder, static_cast<int>(rank));
  return load_dealer_credentials(folder);  // says what is missing
}

std::string party_name(int rank, const std::string& run_id) { return "party-" + std::to_string(rank) + "." + run_id + ".crypten"; }
std::string dealer_name(const std::string& run_id) { return "dealer." + run_id + ".crypten"; }

std::string fingerprint(const std::string& pem) {
  const Certificate certificate = parse(pem);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest, &length) != 1) return {};
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

void check_own_certificate(const Credentials& credentials, const std::string& name, const std::string& expected) {
  const Certificate own = parse(credentials.certificate), authority = parse(credentials.authority);
  if (!own) untrusted(credentials, "it is not a PEM certificate");
  if (!authority)
    untrusted(credentials, "the authority's certificate (ca.crt) is missing or not PEM");  // empty roots would mean the system's
  const ASN1_TIME *from = X509_get0_notBefore(own.get()), *until = X509_get0_notAfter(own.get());
  if (X509_cmp_current_time(until) < 0)
    throw CertificateExpired(259, "the own certificate has expired", credentials.source, "valid until " + date(until), kInit);
  if (X509_cmp_current_time(from) > 0)
    throw CertificateExpired(259, "the own certificate is not valid yet", credentials.source, "valid from " + date(from),
                             "Check this computer's clock.");
  const Bio in = reader(credentials.key);
  const PrivateKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (!key || X509_check_private_key(own.get(), key.get()) != 1)
    untrusted(credentials, "its private key is unreadable or belongs to another certificate");
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_add_cert(store.get(), authority.get());
  X509_STORE_CTX_init(context.get(), store.get(), own.get(), nullptr);
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    const std::string why = X509_verify_cert_error_string(error);
    if (error == X509_V_ERR_CERT_HAS_EXPIRED)
      throw CertificateExpired(259, "the run's authority has expired", credentials.source, why, kInit);
    untrusted(credentials, "the run's authority (ca.crt) does not vouch for it: " + why);
  }
  if (!name.empty() && X509_check_host(own.get(), name.data(), name.size(), 0, nullptr) != 1)
    untrusted(credentials, "it is not made out to " + name);
  if (const auto found = fingerprint(credentials.certificate); !expected.empty() && found != expected) {
    throw PeerIdentityMismatch(243, "the roster pins another certificate to this process", credentials.source,
                               "roster: " + expected.substr(0, 16) + "…, own: " + found.substr(0, 16) + "…",
                               "Use certificates and roster of one `crypten-cert init`.");
  }
}

}  // namespace crypten
