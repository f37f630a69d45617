// Rendezvous: how a process learns who it is and where the others are: from the environment, with torchrun's names.
//   RANK, WORLD_SIZE            this party and the number of parties
//   MASTER_ADDR, MASTER_PORT    rank r listens on MASTER_ADDR : MASTER_PORT + r, unless
//   CRYPTEN_ADDRESSES           "host:port,host:port,…", one for each rank
//   CRYPTEN_RUN_FOLDER          certificates and roster (credentials.h)
//   CRYPTEN_DEALER              "host:port,host:port,…" of the dealer's replicas, one or more; unset: no dealer
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/grpc/mesh.h"
#include "comm/session.h"
#include "crypten_core/config.h"

namespace crypten {

struct Rendezvous {
  int rank = 0;
  int world_size = 1;
  std::vector<std::string> addresses;         // by rank
  std::string run_folder;                     // may be empty
  std::vector<std::string> dealer_addresses;  // may be empty
};

// RANK and WORLD_SIZE unset: one party. Throws SessionError naming the variable that is missing or cannot be read.
Rendezvous rendezvous_from_environment();

struct ConnectedSession {
  PartyMesh mesh;
  SessionOptions options;               // for handshake()
  std::vector<ServiceAddress> dealers;  // for connect_service()
};

// Certificates and roster from the run folder, then connect_mesh(). Without a run folder and without config.insecure_plaintext:
// SessionError that names the crypten-cert command. Throws as rendezvous_from_environment, load_roster, connect_mesh.
ConnectedSession connect_session(const Rendezvous& rendezvous, const Config& config);
ConnectedSession connect_session_from_environment(const Config& config);

}  // namespace crypten
