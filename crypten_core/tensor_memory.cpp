#include "crypten_core/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

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

[[maybe_unused]] const bool kLoaded = [] {
  if (Arena::keeps()) c10::SetCPUAllocator(new TensorMemory);  // never destroyed: so are some tensors
  return true;
}();

}  // namespace

bool tensors_in_arena() { return dynamic_cast<TensorMemory*>(c10::GetCPUAllocator()) != nullptr; }

}  // namespace crypten
