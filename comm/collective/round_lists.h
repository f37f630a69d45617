// RoundLists: what one collective sends to whom and receives from whom, filled in before its one exchange.
#pragma once

#include <string_view>
#include <vector>

#include "comm/communicator.h"

namespace crypten {

struct RoundLists {
  explicit RoundLists(const Communicator& communicator) : send(communicator.world_size()), receive(communicator.world_size()) {}
  std::vector<Communicator::Gather> send;      // [peer]; empty: no frame
  std::vector<Communicator::Scatter> receive;  // [peer]; empty: no frame
  void exchange(Communicator& communicator) { communicator.exchange(send, receive); }
};

// Throws InvalidArgument unless 0 <= rank < world size; `role` names the argument.
void check_rank(const Communicator& communicator, int rank, std::string_view role);

}  // namespace crypten
