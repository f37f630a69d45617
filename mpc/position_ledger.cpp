#include "mpc/position_ledger.h"

#include <iterator>

namespace crypten {

bool PositionLedger::consume(uint64_t offset, uint64_t words) {
  if (words == 0) return true;
  const uint64_t end = offset + words;
  if (end < offset) return false;
  auto next = used_.lower_bound(offset);
  if (next != used_.end() && next->first < end) return false;
  const auto previous = next == used_.begin() ? used_.end() : std::prev(next);
  if (previous != used_.end() && previous->second > offset) return false;

  const bool joins_next = next != used_.end() && next->first == end;
  const uint64_t merged_end = joins_next ? next->second : end;
  if (joins_next) used_.erase(next);
  if (previous != used_.end() && previous->second == offset) {
    previous->second = merged_end;
  } else {
    used_.emplace(offset, merged_end);
  }
  return true;
}

}  // namespace crypten
