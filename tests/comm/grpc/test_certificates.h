// Certificates made for one test, in memory or as a run folder.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "comm/grpc/credentials.h"

namespace crypten::test {

inline std::string pem_of(auto write) {
  BIO* out = BIO_new(BIO_s_mem());
  write(out);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<size_t>(length));
  BIO_free_all(out);
  return pem;
}

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test authority") : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
    certificate_ = make(name, "", key_.get(), nullptr, -1, 1, true);
    pem_ = pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
  }
  const std::string& pem() const { return pem_; }

  // A certificate with the DNS name `name`, valid from now + from_days to now + until_days.
  Credentials issue(const std::string& name, int from_days = -1, int until_days = 1) const {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate certificate = make(name, name, key.get(), certificate_.get(), from_days, until_days, false);
    Credentials credentials;
    credentials.authority = pem_;
    credentials.certificate = pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); });
    credentials.key = pem_of([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    credentials.source = name + ".crt";
    return credentials;
  }

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  using Certificate = std::shared_ptr<X509>;

  Certificate make(const std::string& subject, const std::string& dns, EVP_PKEY* key, X509* issuer, int from_days, int until_days,
                   bool authority) const {
    Certificate made(X509_new(), X509_free);
    X509* c = made.get();
    static long serial = 1;
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(c), long{from_days} * 86400);
    X509_gmtime_adj(X509_getm_notAfter(c), long{until_days} * 86400);
    X509_set_pubkey(c, key);
    X509_NAME* name = X509_get_subject_name(c);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
    X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer) : name);
    extend(c, issuer ? issuer : c, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!dns.empty()) extend(c, issuer ? issuer : c, NID_subject_alt_name, "DNS:" + dns);
    if (!X509_sign(c, key_.get(), EVP_sha256())) throw std::runtime_error("cannot sign a test certificate");
    return made;
  }
  static void extend(X509* c, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, c, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (!extension) throw std::runtime_error("bad extension " + value);
    X509_add_ext(c, extension, -1);
    X509_EXTENSION_free(extension);
  }

  Key key_;
  Certificate certificate_;
  std::string pem_;
};

// Everything one run of n parties and a dealer needs.
struct TestRun {
  explicit TestRun(int world_size, std::string id = "test-run", const std::string& authority_name = "test authority")
      : run_id(std::move(id)), authority(authority_name) {
    for (int p = 0; p < world_size; ++p) {
      parties.push_back(authority.issue(party_name(p, run_id)));
      roster.push_back(fingerprint(parties.back().certificate));
    }
    dealer = authority.issue(dealer_name(run_id));
  }

  std::string run_id;
  TestAuthority authority;
  std::vector<Credentials> parties;
  std::vector<std::string> roster;
  Credentials dealer;
};

// A folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "crypten-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file) << text;
    chmod(file.c_str(), mode);
  }

 private:
  std::string path_;
};

inline std::string roster_json(const TestRun& run) {
  std::string parties;
  for (size_t p = 0; p < run.roster.size(); ++p) {
    parties += (p ? "," : "") + std::string(R"({"rank":)") + std::to_string(p) + R"(,"name":"party-)" + std::to_string(p) +
               R"(","fingerprint":")" + run.roster[p] + "\"}";
  }
  return R"({"run_id":")" + run.run_id + R"(","parties":[)" + parties + R"(],"dealer":{"fingerprint":")" +
         fingerprint(run.dealer.certificate) + "\"}}";
}

inline void write_run_folder(const TestRun& run, const TemporaryFolder& folder) {
  folder.write("ca.crt", run.authority.pem(), 0644);
  for (size_t p = 0; p < run.parties.size(); ++p) {
    folder.write("party-" + std::to_string(p) + ".crt", run.parties[p].certificate, 0644);
    folder.write("party-" + std::to_string(p) + ".key", run.parties[p].key);
  }
  folder.write("dealer.crt", run.dealer.certificate, 0644);
  folder.write("dealer.key", run.dealer.key);
  folder.write("roster.json", roster_json(run), 0644);
}

}  // namespace crypten::test
