// Interruption: ends the waits of a group of threads from outside. Python's Ctrl-C reaches the main thread only; the parties of a simulation wait in others.
#pragma once

#include <atomic>
#include <memory>

namespace crypten::python {

class Interruption {
 public:
  void bind() const;   // the calling thread belongs to the group until it ends or is bound to another
  void interrupt() const { *interrupted_ = true; }
  // For the interrupt check. Throws SessionClosed if the calling thread's group was interrupted.
  static void check();

 private:
  std::shared_ptr<std::atomic<bool>> interrupted_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace crypten::python
