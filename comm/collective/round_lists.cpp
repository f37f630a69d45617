#include "comm/collective/round_lists.h"

#include <string>

#include "comm/error_codes.h"
#include "crypten_core/error.h"

namespace crypten {

void check_rank(const Communicator& communicator, int rank, std::string_view role) {
  const int size = communicator.world_size();
  if (rank >= 0 && rank < size) return;
  throw InvalidArgument(comm_code::invalid_argument, "no such rank", "rank " + std::to_string(communicator.rank()),
                        std::string(role) + " is rank " + std::to_string(rank) + ", world size is " + std::to_string(size),
                        "name a rank from 0 to " + std::to_string(size - 1));
}

}  // namespace crypten
