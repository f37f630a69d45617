#include "comm/grpc/credentials.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "crypten_core/prg.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/comm/grpc/test_certificates.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("a run folder is read as it was written") {
  const TestRun run(3);
  const TemporaryFolder folder;
  write_run_folder(run, folder);
  const Roster roster = load_roster(folder.path());
  CHECK(roster.run_id == run.run_id);
  CHECK(roster.fingerprints() == run.roster);
  CHECK(roster.parties[2].name == "party-2");
  CHECK(roster.dealer == fingerprint(run.dealer.certificate));
  const Credentials party = load_party_credentials(folder.path(), 1);
  CHECK(party.certificate == run.parties[1].certificate);
  CHECK(party.key == run.parties[1].key);
  CHECK(party.authority == run.authority.pem());
  CHECK(load_dealer_credentials(folder.path()).certificate == run.dealer.certificate);
  CHECK_NOTHROW(check_own_certificate(party, party_name(1, run.run_id), roster.parties[1].fingerprint));
}

TEST_CASE("a fingerprint is the SHA-256 of the certificate's DER encoding") {
  const TestRun run(1);
  BIO* in = BIO_new_mem_buf(run.parties[0].certificate.data(), -1);
  X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  const Digest digest = sha256({reinterpret_cast<const std::byte*>(der), static_cast<size_t>(length)});
  std::string hex;
  for (const uint8_t byte : digest) {
    char two[3];
    snprintf(two, sizeof(two), "%02x", byte);
    hex += two;
  }
  CHECK(fingerprint(run.parties[0].certificate) == hex);
  CHECK(fingerprint("no certificate") == "");
  OPENSSL_free(der);
  X509_free(certificate);
  BIO_free(in);
}

TEST_CASE("a key that others may read is refused") {
  const TestRun run(2);
  for (const mode_t mode : {0640, 0604, 0660}) {
    const TemporaryFolder folder;
    write_run_folder(run, folder);
    chmod((folder.path() + "/party-1.key").c_str(), mode);
    const auto text = told_by([&] { load_party_credentials(folder.path(), 1); });
    INFO(text);
    CHECK(starts_with(text, "SessionError: the private key may be read by others"));
    CHECK(has(text, "chmod 600"));
    CHECK(told_by([&] { load_party_credentials(folder.path(), 0); }) == "");
  }
}

TEST_CASE("missing and empty files are named, with the command that makes them") {
  const TestRun run(2);
  for (const char* name : {"ca.crt", "party-0.crt", "party-0.key"}) {
    const TemporaryFolder folder;
    write_run_folder(run, folder);
    folder.write(name, "");
    const std::string path = folder.path() + "/" + name;
    CHECK(starts_with(told_by([&] { load_party_credentials(folder.path(), 0); }), "SessionError: cannot read " + path));
    std::filesystem::remove(path);
    const auto text = told_by([&] { load_party_credentials(folder.path(), 0); });
    CHECK(starts_with(text, "SessionError: cannot read " + path));
    CHECK(has(text, "crypten-cert init"));
  }
}

TEST_CASE("malformed rosters are refused") {
  const TestRun run(2);
  const auto good = nlohmann::json::parse(roster_json(run));
  auto verdict = [](const std::string& text) {
    const TemporaryFolder folder;
    folder.write("roster.json", text);
    return told_by([&] { load_roster(folder.path()); });
  };
  CHECK(verdict(good.dump()) == "");
  const std::string refused = "SessionError: the roster cannot be used";
  CHECK(starts_with(verdict("{"), refused));
  CHECK(starts_with(verdict("[]"), refused));
  auto with = [&](const char* pointer, const nlohmann::json& value) {
    auto changed = good;
    changed[nlohmann::json::json_pointer(pointer)] = value;
    return verdict(changed.dump());
  };
  CHECK(starts_with(with("/run_id", ""), refused));
  CHECK(starts_with(with("/run_id", 7), refused));
  CHECK(starts_with(with("/parties", nlohmann::json::array()), refused));
  CHECK(starts_with(with("/parties/1/rank", 0), refused));
  CHECK(starts_with(with("/parties/1/rank", 2), refused));
  CHECK(starts_with(with("/parties/1/rank", -1), refused));
  CHECK(starts_with(with("/parties/1/fingerprint", "ab"), refused));
  CHECK(starts_with(with("/parties/1/fingerprint", std::string(64, 'G')), refused));
  CHECK(has(with("/parties/1/fingerprint", run.roster[0]), "two entries have the same fingerprint"));
  CHECK(has(with("/dealer/fingerprint", run.roster[0]), "two entries have the same fingerprint"));
  auto without_dealer = good;
  without_dealer.erase("dealer");
  CHECK(verdict(without_dealer.dump()) == "");
}
