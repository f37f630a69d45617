// PositionLedger: which positions of a stream have been used. Neighbouring intervals are merged, so that a program that counts upwards needs one entry.
#pragma once

#include <cstdint>
#include <map>

namespace crypten {

class PositionLedger {
 public:
  // Enters [offset, offset + words). False, and nothing entered, if any of it was used before or the end passes 2^64.
  [[nodiscard]] bool consume(uint64_t offset, uint64_t words);
  size_t intervals() const { return used_.size(); }

 private:
  std::map<uint64_t, uint64_t> used_;  // begin → end
};

}  // namespace crypten
