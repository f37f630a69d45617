// Dice: choices that follow from a seed, the same with every compiler and library.
#pragma once

#include <cstdint>

namespace crypten::simulation {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t word() {  // SplitMix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int below(int bound) { return static_cast<int>(word() % static_cast<uint64_t>(bound)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

}  // namespace crypten::simulation
