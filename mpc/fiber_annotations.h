// Tells the sanitizers that a fibre of its own stack is entered or left; without a sanitizer, nothing.
// AddressSanitizer must know the bounds of the stack in use, ThreadSanitizer which fibre runs.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace crypten {

// One side of a switch: a fibre, or whoever resumed it.
class FiberAnnotation {
 public:
#if defined(__SANITIZE_ADDRESS__)
  // Stacks are used again: what a lane before left marked on it, unwound or not, concerns nobody.
  void created(const void* lowest, size_t size) {
    lowest_ = lowest, size_ = size;
    __asan_unpoison_memory_region(lowest, size);
  }
  void destroyed() {}
  // On the stack of *this: the next instruction runs on `to`. `forever`: *this is not resumed again.
  void leave_for(const FiberAnnotation& to, bool forever = false) { __sanitizer_start_switch_fiber(forever ? nullptr : &saved_, to.lowest_, to.size_); }
  // On the stack of *this again, or for the first time; `from`: where control came from.
  void entered(FiberAnnotation& from) {
    __sanitizer_finish_switch_fiber(saved_, &from.lowest_, &from.size_);
    saved_ = nullptr;
  }

 private:
  void* saved_ = nullptr;
  const void* lowest_ = nullptr;
  size_t size_ = 0;
#elif defined(__SANITIZE_THREAD__)
  void created(const void*, size_t) { fiber_ = __tsan_create_fiber(0); }
  void destroyed() { __tsan_destroy_fiber(fiber_); }
  void leave_for(FiberAnnotation& to, bool = false) {
    if (!fiber_) fiber_ = __tsan_get_current_fiber();  // a thread's own stack was not created here
    __tsan_switch_to_fiber(to.fiber_, 0);
  }
  void entered(FiberAnnotation&) {}

 private:
  void* fiber_ = nullptr;
#else
  void created(const void*, size_t) {}
  void destroyed() {}
  void leave_for(const FiberAnnotation&, bool = false) {}
  void entered(const FiberAnnotation&) {}
#endif
};

}  // namespace crypten
