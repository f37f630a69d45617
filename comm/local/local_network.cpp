#include "comm/local/local_network.h"

#include "comm/error_codes.h"
#include "crypten_core/error.h"

namespace crypten {

LocalNetwork::LocalNetwork(int size, size_t max_message, const LocalLine& line) {
  if (size < 1) {
    throw InvalidArgument(comm_code::invalid_argument, "a network needs at least one party", "LocalNetwork", "size " + std::to_string(size),
                          "ask for one party or more");
  }
  channels_.resize(size);
  for (auto& row : channels_) row.resize(size);
  for (int a = 0; a < size; ++a) {
    for (int b = a + 1; b < size; ++b) {
      LocalEnds ends = local_link(max_message, line);
      links_.push_back(std::move(ends.link));
      channels_[a][b] = std::move(ends.first);
      channels_[b][a] = std::move(ends.second);
    }
  }
}

std::vector<std::unique_ptr<Channel>> LocalNetwork::channels(int rank) {
  if (rank < 0 || rank >= size() || channels_[rank].empty()) {
    throw InvalidArgument(comm_code::invalid_argument, "no channels for this rank", "LocalNetwork",
                          "rank " + std::to_string(rank) + " of " + std::to_string(size()) + " does not exist or was taken before",
                          "take each rank's channels once");
  }
  return std::exchange(channels_[rank], {});
}

void LocalNetwork::abort(const std::string& why) {
  for (auto& link : links_) link->abort(why);
}

}  // namespace crypten
