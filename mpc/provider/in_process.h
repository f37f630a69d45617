// The dealer inside the process: for simulation, where the parties are threads, and for world size 1. It knows every mask of the parties it serves,
// so it refuses sessions of parties that are authenticated over a network.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "comm/session.h"
#include "mpc/provider/dealer.h"
#include "mpc/provider/provider.h"

namespace crypten {

// Shared by the party threads of one process; may serve several sessions.
class InProcessDealer {
 public:
  explicit InProcessDealer(int world_size);        // keys from one fresh master key
  explicit InProcessDealer(DealerStreams streams);  // for tests: every session draws on these streams

  int world_size() const { return world_size_; }
  // Enters a rank into its session and gives the streams of all ranks. Throws InvalidArgument: another world size, a rank that is in the session already.
  DealerStreams join(const Session& session);
  // Returns when every rank of the session has joined. Throws SessionError if they do not within session.config.rendezvous_timeout_s: they run in another process.
  void wait_for_all(const Session& session);

 private:
  int world_size_;
  Key master_;
  DealerStreams streams_;  // where given
  std::mutex mutex_;
  std::condition_variable news_;
  std::map<Digest, std::set<int>> sessions_;
};

// Throws SessionError: a session with a roster; InvalidArgument as join().
std::unique_ptr<Provider> in_process_provider(const Session& session, std::shared_ptr<InProcessDealer> dealer, Ring ring = {});

}  // namespace crypten
