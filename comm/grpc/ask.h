// One question to who listens at an address, outside of any session: for probes and for whoever looks why a run does not start.
#pragma once

#include <grpcpp/client_context.h>

#include <optional>
#include <string>

#include "comm/grpc/mesh.h"

namespace crypten {

// One question and its answer, in a call of its own, until the context's deadline.
grpc::Status ask_once(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& question, grpc::ClientContext* context,
                      std::string* answer);

// The same to a member of the run, whose certificate is compared with the roster's. Throws what connect_service() throws about the own certificate;
// PeerIdentityMismatch: the roster pins another certificate to the member; RendezvousTimeout: nobody answers until the deadline, or nobody who trusts this process.
grpc::Status ask_member(const ServiceAddress& member, const std::string& method, Clock::time_point deadline, grpc::ClientContext* context, std::string* answer);

// What to expect at the address of a rank, or of the dealer, by a run folder with anybody's bundle. Throws what load_roster() and load_party_credentials() throw.
ServiceAddress member_at(const std::string& address, const std::string& run_folder, std::optional<int> rank);

}  // namespace crypten
