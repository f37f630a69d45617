// Session: who takes part in which run with which configuration. The handshake settles it over fresh channels, before any key or share travels.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comm/channel.h"
#include "crypten_core/config.h"
#include "crypten_core/prg.h"

namespace crypten {

inline constexpr int kProtocolRevision = 4;              // of everything that travels; compared
inline constexpr std::string_view kLibraryVersion = "0.1.0";  // compared

struct SessionOptions {
  int rank = 0;
  int world_size = 1;
  Config config;
  std::string run_id;                   // which run is meant: the launcher's, or the run folder's; compared
  std::vector<std::string> roster;      // fingerprint of each rank's certificate; empty in memory and with insecure_plaintext
  std::string program;                  // free text to compare (a hash of the program), may be empty
};

struct Session {
  int rank = 0;
  int world_size = 1;
  Config config;
  Digest id{};                          // SHA-256 over one fresh nonce per party, in rank order: equal on all, known to all
  Digest roster_hash{};                 // SHA-256 over the roster
  Key common;                           // known to all parties: public coins
  std::vector<Key> pair;                // pair[p]: known to this party and rank p only; zero sharing. Own entry: known to nobody else
};

// Settles a session over channels[p] (own entry null), in one thread. Four messages to each peer, each sent when all of the step before have come:
//   1. hello: magic, revision, library version, ranks, run id, roster hash, every compared configuration field, program, 32-byte nonce;
//   2. accepted, or refused with the reason: the first field that differs, in that order, with both values and ranks;
//   3. key material: 32 fresh bytes for the pair's key and 32 for the common key; so nothing secret leaves before both sides have accepted all hellos;
//   4. confirmation: a digest under both keys, so that parties with different keys never start.
// Keys are HKDF-SHA256 over the contributions in rank order, with session id, identities, roster hash, configuration, ranks and role (RFC 5869).
// Certificates are compared with the roster before a byte of the peer is read. World size 1: fresh random keys.
// A refusal is told to all peers, and each throws the same class. The channels stay open; the caller closes them.
// Throws VersionMismatch; ConfigMismatch (also world size, run id, roster, program); PeerIdentityMismatch (the certificate is not the roster's for that rank, the
// connection has none, or the peer claims another rank); RendezvousTimeout (names the missing ranks); PeerLost; MalformedFrame;
// InvalidArgument (rank, sizes, one certificate for two ranks, texts above 512 bytes), before anything is sent.
Session handshake(const SessionOptions& options, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline);

}  // namespace crypten
