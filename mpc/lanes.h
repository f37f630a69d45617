// Lanes: independent pieces of work of one party whose openings travel together. A lane is a cooperative fibre; it is switched only where a protocol waits for an opening.
// Deterministic: lanes run in the order given, on every rank. No thread_local and no lock may be held across an opening.
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
  void together(std::vector<std::function<void()>> work);
  // The suspension point: returns after the next round. In a lane, other lanes run first; outside, the round happens at once.
  void wait_for_round();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
