// Lanes: independent pieces of work of one party whose openings travel together. A lane is a cooperative fibre; it is switched only where a protocol waits for an opening.
// Deterministic: lanes run in the order given, on every rank. No thread_local and no lock may be held across an opening, nothing may wait inside a catch block,
// and a handler of all exceptions in a lane must rethrow what it does not know.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace crypten {

class Lanes {
 public:
  // `round` performs one exchange for everything that was queued since the last one.
  explicit Lanes(std::function<void()> round);
  ~Lanes();
  // Runs all to completion; may be nested. The first exception (in lane order, of the same round) unwinds the other lanes and is rethrown.
  // An exception of the round itself does the same. Each lane has a stack of kLaneStackBytes.
  void together(const std::vector<std::function<void()>>& work);
  // The suspension point: returns after the next round, which happens when all live lanes wait. Outside of lanes it happens at once.
  void wait_for_round();
  bool inside() const;  // a lane is running

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr size_t kLaneStackBytes = size_t{1} << 20;  // address space; pages are taken as they are touched

}  // namespace crypten
