#include "crypten_core/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include "crypten_core/arena.h"

namespace crypten {
namespace {

void give_back(void* memory) {
  c10::profiledCPUMemoryReporter().Delete(memory);
  Arena::process().free(memory);
}

class TensorMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const memory = bytes > 0 ? Arena::process().allocate(bytes) : nullptr;
    TORCH_CHECK_WITH(OutOfMemoryError, memory || bytes == 0, "the system has no memory for a tensor of ", bytes,
                     " bytes: use smaller tensors or batches, or a machine with more memory");
    c10::profiledCPUMemoryReporter().New(memory, bytes);
    return {memory, memory, &give_back, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }
};

// What gRPC receives lies in malloc's memory, in pieces of up to some MiB. By default glibc gives it back to the system when it is free,
// and the next message faults it in again, page by page: a quarter of a party's CPU time in large openings.
void keep_what_malloc_gets() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);   // the most that glibc accepts: above, a block is a mapping of its own
  mallopt(M_TRIM_THRESHOLD, 256 << 20);  // free memory at the end of a heap that stays
#endif
}

[[maybe_unused]] const bool kLoaded = [] {
  if (!Arena::keeps()) return true;
  c10::SetCPUAllocator(new TensorMemory);  // never destroyed: so are some tensors
  keep_what_malloc_gets();
  return true;
}();

}  // namespace

void share_heap() {
#if defined(__GLIBC__)
  if (Arena::keeps()) mallopt(M_ARENA_MAX, 1);
#endif
}

bool tensors_in_arena() { return dynamic_cast<TensorMemory*>(c10::GetCPUAllocator()) != nullptr; }

}  // namespace crypten
