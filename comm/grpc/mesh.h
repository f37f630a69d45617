// Mesh: one authenticated stream between every two parties, over gRPC with mutual TLS.
// The lower rank serves, the higher dials, in any order of start. After TLS and before a channel is handed over, both sides compare the
// peer's certificate with the roster's entry for the rank it claims.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/grpc/credentials.h"

namespace crypten {

class Endpoint;  // this process's completion queue, its poller and, if it serves, its server; owned by everything that uses it

struct MeshOptions {
  int rank = 0;
  std::vector<std::string> addresses;  // host:port by rank; rank r listens on addresses[r]
  std::string run_id;                  // compared during the handshake; part of the certificates' names
  Credentials credentials;             // ignored with insecure_plaintext
  std::vector<std::string> roster;     // fingerprint of each rank's certificate; ignored with insecure_plaintext
  bool insecure_plaintext = false;     // no TLS, no identity: tests and measurements only
  Clock::time_point deadline;          // for all peers to be there
};

inline constexpr size_t kReadAhead = size_t{16} << 20;  // bytes from one peer that wait for the application

// Whom connect_service() expects to find.
struct ServiceAddress {
  std::string address;      // host:port
  std::string name;         // the DNS name in its certificate
  std::string fingerprint;  // the roster's
  Credentials credentials;  // this process's own
  bool insecure_plaintext = false;
  size_t read_ahead = kReadAhead;  // more where answers are asked for long before they are used
};

struct PartyMesh {
  std::shared_ptr<Endpoint> endpoint;
  std::vector<std::unique_ptr<Channel>> channels;  // by rank; the own entry is null
};

// Throws InvalidArgument: rank, addresses and roster do not fit, an address without port.
// SessionError: the own port is taken. CertificateExpired, CertificateUntrusted: own certificate (before dialling) or a peer's.
// PeerIdentityMismatch: a peer's certificate is not the roster's for the rank it claims, or this process was refused for that.
// RankTaken: another process already takes part with this rank. ConfigMismatch: a peer belongs to another run.
// RendezvousTimeout: names the missing ranks with their addresses and the last thing seen of each.
PartyMesh connect_mesh(const MeshOptions& options);

// A channel to a Service, outside any mesh (with a completion queue of its own).
// Throws CertificateExpired, CertificateUntrusted, PeerIdentityMismatch, SessionError (the service is full), RendezvousTimeout (nobody
// answers).
std::unique_ptr<Channel> connect_service(const ServiceAddress& service, Clock::time_point deadline);
// The same on a mesh's completion queue: waiting for the peers also moves the service's answers, and the other way round.
std::unique_ptr<Channel> connect_service(const std::shared_ptr<Endpoint>& endpoint, const ServiceAddress& service, Clock::time_point deadline);

}  // namespace crypten
