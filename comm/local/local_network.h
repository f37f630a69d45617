// LocalNetwork: n parties in one process, each pair joined by a local channel. For simulation and tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/local/local_channel.h"

namespace crypten {

class LocalNetwork {
 public:
  // Throws InvalidArgument: size below 1.
  explicit LocalNetwork(int size, size_t max_message = kLocalMaxMessage, const LocalLine& line = {});

  int size() const { return static_cast<int>(channels_.size()); }
  // The channels of one rank (own entry null), for handshake() and Communicator; they may outlive the network.
  // Throws InvalidArgument: no such rank, or taken before.
  std::vector<std::unique_ptr<Channel>> channels(int rank);
  // Ends all waits of all parties with Wire::closed, now and later; what is queued is still received. From any thread.
  void abort(const std::string& why);

 private:
  std::vector<std::shared_ptr<LocalLink>> links_;
  std::vector<std::vector<std::unique_ptr<Channel>>> channels_;  // [rank][peer]
};

}  // namespace crypten
