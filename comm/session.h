// Session: who takes part in which run with which configuration. The handshake settles it over fresh channels, before any key or share travels.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "crypten_core/config.h"
#include "crypten_core/prg.h"

namespace crypten {

inline constexpr int kProtocolRevision = 1;

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
  std::vector<Key> pair;                // pair[p]: known to this party and rank p only; zero sharing
};

// Over channels[p] (own entry null), in one thread: sends hello to all (magic, revision, library version, ranks, run id, roster hash, every configuration field, program, 32-byte nonce),
// compares with every peer's hello, then sends key material, then returns. Nothing secret leaves before all hellos were accepted, on both sides.
// Throws VersionMismatch, ConfigMismatch (names field, both values and the rank), PeerIdentityMismatch (certificate is not the roster's for that rank),
// RendezvousTimeout (names missing ranks), MalformedFrame.
Session handshake(const SessionOptions& options, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline);

}  // namespace crypten
