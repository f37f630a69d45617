// Credentials: what a process proves itself with, and whom it expects, as files in a run folder (one member's folder of what `crypten-cert init` makes
// holds only its own key):
//   ca.crt                              the certificate authority of the run
//   party-<rank>.crt, party-<rank>.key  a party's certificate and private key (PEM, EC P-256)
//   dealer.crt, dealer.key              the dealer's
//   roster.json                         {"run_id", "parties": [{"rank", "name", "fingerprint"}], "dealer": {"fingerprint"}}
// Identity is the SHA-256 of a certificate's DER encoding (its fingerprint): the roster pins one to each rank. A certificate of the same
// authority for another rank is valid for TLS and still refused.
#pragma once

#include <string>
#include <vector>

namespace crypten {

struct Credentials {
  std::string authority;    // PEM: the authority's certificate
  std::string certificate;  // PEM: the own certificate
  std::string key;          // PEM: its private key; wiped with the object
  std::string source;       // where the certificate came from, for messages

  Credentials() = default;
  Credentials(const Credentials&) = default;
  Credentials(Credentials&&) = default;
  Credentials& operator=(const Credentials&) = default;
  Credentials& operator=(Credentials&&) = default;
  ~Credentials();
};

struct Roster {
  struct Party {
    std::string name, fingerprint;
  };
  std::string run_id;
  std::vector<Party> parties;  // by rank
  std::string dealer;          // fingerprint; empty: the run has no dealer

  std::vector<std::string> fingerprints() const;  // of the parties, by rank
};

// Throws SessionError: missing or unreadable file, malformed JSON, ranks that are not 0 … n−1, two entries with one fingerprint.
Roster load_roster(const std::string& folder);

// Throws SessionError: missing file, or a key file that group or others may read.
Credentials load_party_credentials(const std::string& folder, int rank);
Credentials load_dealer_credentials(const std::string& folder);
Credentials load_own_credentials(const std::string& folder, const Roster& roster);  // whoever's bundle it is: the dealer's or a party's

// The DNS name in a certificate's subjectAltName.
std::string party_name(int rank, const std::string& run_id);
std::string dealer_name(const std::string& run_id);

// SHA-256 of the first certificate in `pem`, in lower-case hex; empty if there is none.
std::string fingerprint(const std::string& pem);

// What the peer would refuse, found before dialling and said in words: TLS reports a refused client certificate as "socket closed".
// `name`: the subjectAltName it must carry; `expected`: the roster's fingerprint of the own entry.
// Throws CertificateExpired: not valid now (either direction). CertificateUntrusted: unreadable, another key, not signed by the authority,
// wrong name. PeerIdentityMismatch: the roster pins another certificate for this entry.
void check_own_certificate(const Credentials& credentials, const std::string& name, const std::string& expected);

}  // namespace crypten
