// connect: this process as a party of a run between processes, as the environment says (comm/grpc/rendezvous.h): mesh, handshake, dealer.
#pragma once

#include <memory>

#include "mpc/party.h"

namespace crypten {

// RANK and WORLD_SIZE unset, or one party without a dealer's address: a party of one, with the dealer in the process.
// Throws SessionError: a variable is missing or cannot be read; two or more parties without CRYPTEN_DEALER; a library built without comm/grpc.
// Otherwise what connect_session(), handshake() and dealer_provider() throw.
std::shared_ptr<Party> connect(const Config& config = {});

}  // namespace crypten
