// simulate: n parties as threads of one process, joined in memory, with the dealer in the process. The same code as between machines, without its secrecy.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "comm/channel.h"
#include "comm/local/local_channel.h"
#include "mpc/party.h"
#include "mpc/provider/dealer.h"

namespace crypten {

// What tests and measurements replace; the defaults are what programs use.
struct LocalOptions {
  LocalLine line;                // between each two parties; the dealer is at hand
  Ring ring;
  DealerStreams dealer_streams;  // by rank; empty: from a fresh master key
  StreamFactory streams;         // pairwise and common keys
  // Wraps the channel of `rank` to `peer`, after the handshake.
  std::function<std::unique_ptr<Channel>(int rank, int peer, std::unique_ptr<Channel>)> tap;
};

// Parties after their handshake, by rank. Each is to be used by one thread of its own, since a party waits for the others.
// Throws InvalidArgument: n below 1; and what the handshake throws.
std::vector<std::shared_ptr<Party>> local_parties(int n, const Config& config = {}, const LocalOptions& options = {});

// Runs program(party) on one thread for each party and closes the parties. The first exception by time is rethrown here; it aborts the session, so that
// nobody waits for the rank that failed.
using PartyProgram = std::function<void(const std::shared_ptr<Party>&)>;
void simulate(int n, const Config& config, const PartyProgram& program, const LocalOptions& options = {});

}  // namespace crypten
