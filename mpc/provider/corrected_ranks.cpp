#include "mpc/provider/corrected_ranks.h"

#include <algorithm>
#include <string>

#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"

namespace crypten {

CorrectedRanks::CorrectedRanks(int world_size, std::optional<int> only) : sent_(static_cast<size_t>(std::max(world_size, 0))), only_(only) {
  if (world_size < 1 || (only && (*only < 0 || *only >= world_size)))
    throw InvalidArgument(provider_code::invalid_dealer, "no such rank to send corrections to", "CorrectedRanks",
                          "world size " + std::to_string(world_size) + (only ? ", rank " + std::to_string(*only) : ""), "name one of the ranks");
}

CorrectedRanks CorrectedRanks::in_turn(int world_size) { return {world_size, std::nullopt}; }
CorrectedRanks CorrectedRanks::always(int world_size, int rank) { return {world_size, rank}; }

int CorrectedRanks::next(uint64_t bytes) {
  int rank = only_.value_or(world_size() - 1);
  if (!only_) {
    for (int other = rank - 1; other >= 0; --other)
      if (sent_[static_cast<size_t>(other)] < sent_[static_cast<size_t>(rank)]) rank = other;
  }
  sent_[static_cast<size_t>(rank)] += bytes;
  return rank;
}

void CorrectedRanks::restart() { std::fill(sent_.begin(), sent_.end(), 0); }

bool CorrectedRanks::includes(int rank) const { return only_ ? rank == *only_ : rank >= 0 && rank < world_size(); }

}  // namespace crypten
