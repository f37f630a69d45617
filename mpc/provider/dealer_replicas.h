// DealerReplicas: the processes that serve as one dealer. All have the same master key, and what else they keep changes no answer (dealer_server.h), so each gives the same answer
// to the same request, and a party may go from one to another in the middle of a run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/byte_stream.h"
#include "comm/session.h"
#include "mpc/provider/dealer_protocol.h"

namespace crypten {

struct DealerReplica {
  std::string address;                                                           // for messages
  std::function<std::unique_ptr<ByteStream>(Clock::time_point deadline)> dial;  // throws what connect_service() (comm/grpc/mesh.h) throws
};

class DealerReplicas {
 public:
  // Throws InvalidArgument without a replica.
  DealerReplicas(const Session& session, const Ring& ring, std::vector<DealerReplica> replicas);

  struct Admission {
    std::unique_ptr<ByteStream> stream;
    Key rank_key;
  };
  // Dials one replica after the other, beginning with the one after the last that answered, and says hello, until one of them has given the rank's key.
  // One replica alone has all the time; of several each has 1 s in turn.
  // Throws what a replica refuses with: VersionMismatch, ConfigMismatch (also: another master key than the replica before had), PeerIdentityMismatch,
  // SessionError for everything else; DealerLost if it leaves or does not answer until the deadline, RendezvousTimeout if none can be reached; MalformedFrame.
  Admission meet(Clock::time_point deadline);

  size_t size() const { return replicas_.size(); }
  // The one that answered last.
  const std::string& address() const { return replicas_[current_].address; }

 private:
  Key shake_hands(ByteStream& stream, Clock::time_point deadline) const;

  DealerHello hello_;
  std::vector<DealerReplica> replicas_;
  size_t current_;
  std::optional<Key> rank_key_;  // what every other one must give as well
};

// Throws DealerLost: what happened on a stream to the dealer.
[[noreturn]] void throw_dealer_lost(const std::string& where, Wire wire, const std::string& detail);
[[noreturn]] void throw_malformed_answer(const std::string& where, const std::string& why);
std::string dealer_place(uint32_t rank);  // Error::where(), while there is no round

}  // namespace crypten
