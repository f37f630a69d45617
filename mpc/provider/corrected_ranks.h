// CorrectedRanks: to which rank the dealer sends the correction of a request. All other ranks expand their own streams for it.
// In turn, so that what the dealer sends is spread over the connections of all parties: the rank that was sent the fewest bytes so far and, of several, the highest.
// That is a function of the sizes of all requests before, which are public, so all ranks of one program agree without a word.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace crypten {

class CorrectedRanks {
 public:
  // Throws InvalidArgument: world_size < 1; no such rank.
  static CorrectedRanks in_turn(int world_size);
  static CorrectedRanks always(int world_size, int rank);

  int next(uint64_t bytes);      // the rank for a request with a correction of so many bytes, which are counted as sent
  void restart();                // as if nothing had been requested: each call of a plan then repeats the one before
  bool includes(int rank) const;  // whether it is ever sent a correction
  int world_size() const { return static_cast<int>(sent_.size()); }

 private:
  CorrectedRanks(int world_size, std::optional<int> only);

  std::vector<uint64_t> sent_;  // by rank
  std::optional<int> only_;
};

}  // namespace crypten
